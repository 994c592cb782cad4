'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('node:test')

const standardVersion = require('..')

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'shim-'))
test.after(() => fs.rmSync(folder, { recursive: true }))

/** A program in the place of bowline, which notes its words and what it reads, and then does as it is told. */
function double (then) {
  const file = path.join(folder, `bowline-${Math.random().toString(36).slice(2)}`)
  fs.writeFileSync(file, `#!${process.execPath}
const fs = require('node:fs')
const words = process.argv.slice(2)
fs.writeFileSync(${JSON.stringify(file + '.json')}, JSON.stringify({ words, read: words.includes('-') ? fs.readFileSync(0, 'utf8') : null, folder: process.cwd() }))
${then}
`, { mode: 0o755 })
  process.env.BOWLINE_BIN = file
  return { file, asked: () => JSON.parse(fs.readFileSync(file + '.json', 'utf8')) }
}

test('options are handed over as they are', async () => {
  const bowline = double('')
  const options = { releaseAs: '1.1', prerelease: '', tagPrefix: 'ä"\n', skip: { tag: true }, types: [{ type: 'feat', hidden: false }], releaseCount: 0, path: null }
  await standardVersion({ ...options, message: undefined })
  const { words, read } = bowline.asked()
  assert.deepEqual(words, ['standard-version', '--options-json', '-'])
  assert.deepEqual(JSON.parse(read), options)
})

test('no options are an empty document', async () => {
  const bowline = double('')
  await standardVersion()
  assert.equal(bowline.asked().read, '{}')
})

test('the profile and exactness are words of the command line', async () => {
  const bowline = double('')
  await standardVersion({ profile: 'catv13', compat: 'exact', silent: true })
  assert.deepEqual(bowline.asked().words, ['standard-version', '--profile', 'catv13', '--compat', 'exact', '--options-json', '-'])
  assert.equal(bowline.asked().read, '{}')
})

test('a failure is what was said on standard error', async () => {
  double("console.log('out'); console.error('first'); console.error('second'); process.exitCode = 3")
  await assert.rejects(standardVersion({ silent: true }), error => {
    assert.equal(error.message, 'first\nsecond')
    assert.equal(error.code, 3)
    return true
  })
})

test('a failure without words has a message as well', async () => {
  double('process.exitCode = 1')
  await assert.rejects(standardVersion({ silent: true }), { message: 'bowline standard-version ended with exit code 1 and said nothing' })
})

test('a large document does not depend on being read', async () => {
  const file = path.join(folder, 'deaf')
  fs.writeFileSync(file, '#!/bin/sh\necho deaf >&2\nexit 1\n', { mode: 0o755 })
  process.env.BOWLINE_BIN = file
  await assert.rejects(standardVersion({ silent: true, header: 'x'.repeat(1 << 20) }), { message: 'deaf' })
})

test('what JSON would lose is refused with its place', async () => {
  const bowline = double('')
  const circle = {}
  circle.self = circle
  for (const [options, expected] of [
    [{ bumpFiles: ['package.json', { filename: 'x', updater: { readVersion: () => '1' } }] }, /^bumpFiles\.1\.updater\.readVersion is a function.*name a module path/],
    [{ writerOpts: { transform: x => x } }, /^writerOpts\.transform is a function/],
    [{ parserOpts: { headerPattern: /x/ } }, /^parserOpts\.headerPattern is a RegExp/],
    [{ releaseCount: Infinity }, /^releaseCount is Infinity/],
    [{ path: Symbol('x') }, /^path is a symbol/],
    [circle, /contains itself/]
  ]) {
    await assert.rejects(standardVersion(options), { name: 'TypeError', message: expected })
  }
  assert.throws(bowline.asked, { code: 'ENOENT' })
})

test('the same value twice is no circle', async () => {
  const bowline = double('')
  const one = { type: 'feat' }
  await standardVersion({ types: [one, one] })
  assert.deepEqual(JSON.parse(bowline.asked().read), { types: [one, one] })
})

test('a missing program says what to do', async () => {
  process.env.BOWLINE_BIN = path.join(folder, 'nowhere')
  await assert.rejects(standardVersion(), /nowhere, which cannot be found; install Bowline, or set BOWLINE_BIN/)
})

test('required as commit-and-tag-version 13 is', () => {
  assert.equal(require('..').default, standardVersion)
})

for (const [name, words, expected] of [
  ['standard-version', ['--dry-run', '-t', '', 'a b'], ['--dry-run', '-t', '', 'a b']],
  ['commit-and-tag-version', ['-t', ''], ['--profile', 'catv13', '-t', '']],
  ['commit-and-tag-version', ['--profile=catv12'], ['--profile=catv12']]
]) {
  test(`the program ${name} passes everything on: ${words.join(' ')}`, () => {
    const bowline = double("console.log('said'); console.error('warned'); process.exitCode = 7")
    const done = spawnSync(process.execPath, [path.join(__dirname, '../bin', `${name}.js`), ...words], { encoding: 'utf8', cwd: folder })
    assert.deepEqual([done.status, done.stdout, done.stderr], [7, 'said\n', 'warned\n'])
    assert.deepEqual(bowline.asked().words, ['standard-version', ...expected])
    assert.equal(bowline.asked().folder, fs.realpathSync(folder))
  })
}

test('a program that is not there is exit code 1', () => {
  const done = spawnSync(process.execPath, [path.join(__dirname, '../bin/standard-version.js')], { encoding: 'utf8', env: { PATH: folder } })
  assert.equal(done.status, 1)
  assert.match(done.stderr, /PATH does not have bowline/)
})

test('the package has nothing to install and nothing that it needs', () => {
  const described = require('../package.json')
  assert.equal(described.dependencies, undefined)
  assert.deepEqual(Object.keys(described.scripts), ['test'])
})
