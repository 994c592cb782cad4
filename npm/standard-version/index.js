/**
 * `standardVersion(options)` and the programs of the same name, done by `bowline standard-version`. This package decides nothing:
 * it finds the program, hands over options as one JSON document, and says how it ended.
 */
'use strict'

const { spawn } = require('node:child_process')

module.exports = standardVersion
// As an ES module that was made into a CommonJS one has it, which is how commit-and-tag-version 13 is required.
module.exports.default = standardVersion
module.exports.run = run

/**
 * Makes a release. Resolves when it is made, and rejects with an Error whose message is what was said on standard error.
 */
async function standardVersion (options = {}) {
  // What is said is kept for the error, so silence is made here and not asked for.
  const { profile, compat, silent, ...others } = options
  const document = JSON.stringify(checked(others, []))
  const words = ['standard-version', ...named('--profile', profile), ...named('--compat', compat), '--options-json', '-']
  const { code, signal, said } = await started(words, { stdin: document, silent: Boolean(silent) })
  if (code === 0) return
  const error = new Error(said.trim() || `bowline standard-version ended with ${signal || `exit code ${code}`} and said nothing`)
  error.code = code
  throw error
}

/**
 * The program with the words of the command line, by default with this profile; ends this process as the other one ended.
 */
async function run (profile, words) {
  const said = words.some(word => word === '--profile' || word.startsWith('--profile='))
  try {
    const { code, signal } = await started(['standard-version', ...named('--profile', said ? undefined : profile), ...words], { inherit: true })
    if (signal) process.kill(process.pid, signal)
    else process.exitCode = code
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}

function named (name, value) {
  return value === undefined ? [] : [name, String(value)]
}

/** Starts bowline; how it ended, and what it said on standard error. */
function started (words, { stdin, silent, inherit }) {
  const program = process.env.BOWLINE_BIN || 'bowline'
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: inherit ? 'inherit' : ['pipe', 'pipe', 'pipe'], windowsHide: true })
    const said = []
    child.on('error', error => reject(error.code === 'ENOENT' ? missing(program) : error))
    child.on('close', (code, signal) => resolve({ code, signal, said: Buffer.concat(said).toString() }))
    if (inherit) return
    child.stdout.on('data', chunk => { if (!silent) process.stdout.write(chunk) })
    child.stderr.on('data', chunk => {
      said.push(chunk)
      if (!silent) process.stderr.write(chunk)
    })
    // A program that ends before it has read everything says itself why.
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
  })
}

function missing (program) {
  const where = process.env.BOWLINE_BIN ? 'BOWLINE_BIN names' : 'PATH does not have'
  return new Error(`${where} ${program}, which cannot be found; install Bowline, or set BOWLINE_BIN to the path of the program`)
}

/** The options as JSON keeps them. What JSON would lose on the way is refused, with its place. */
function checked (value, place, above = []) {
  const where = place.join('.') || 'options'
  if (value === null || ['string', 'boolean', 'undefined'].includes(typeof value)) return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${where} is ${value}, which is no number in JSON`)
    return value
  }
  if (typeof value === 'function') throw new TypeError(`${where} is a function, which cannot be handed to another process; ${instead(place)}`)
  if (typeof value !== 'object') throw new TypeError(`${where} is a ${typeof value}, which JSON does not have`)
  if (above.includes(value)) throw new TypeError(`${where} contains itself, which JSON cannot`)
  const deeper = [...above, value]
  if (Array.isArray(value)) return value.map((one, index) => checked(one, [...place, index], deeper))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new TypeError(`${where} is a ${value.constructor?.name ?? 'class'}, which JSON does not have; write a string or a plain object`)
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, checked(one, [...place, key], deeper)]))
}

function instead (place) {
  return ['packageFiles', 'bumpFiles'].includes(place[0])
    ? "name a module path in its place: { filename: '…', updater: './my-updater.js' }"
    : 'write it in a .versionrc.js, or name a module path where one is taken'
}
