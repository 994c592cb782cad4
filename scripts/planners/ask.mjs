// Asks the planners of semantic-release about histories: JSON on standard input, JSON on standard output.
//
// In: [{ commits: [{ hash, message }] }], newest first. Out, for each preset: what the whole history asks for, the notes,
// and for each commit what it asks for alone, whether a revert took it out, and what the preset's own parser read.
import { json } from 'node:stream/consumers';
import { analyzeCommits } from '@semantic-release/commit-analyzer';
import { generateNotes } from '@semantic-release/release-notes-generator';
import angular from 'conventional-changelog-angular';
import conventionalcommits from 'conventional-changelog-conventionalcommits';
import { filterRevertedCommitsSync } from 'conventional-commits-filter';
import { CommitParser } from 'conventional-commits-parser';

const PRESETS = { angular, conventionalcommits };
const logger = { log() {} };

async function ask(preset, commits) {
  const parser = new CommitParser((await PRESETS[preset]()).parser);
  const readable = commits.filter((commit) => canRead(parser, commit));
  const parsed = readable.map((commit) => ({ ...commit, ...parser.parse(commit.message) }));
  const left = new Set([...filterRevertedCommitsSync(parsed)].map((commit) => commit.hash));
  const level = (some) => analyzeCommits({ preset }, { cwd: process.cwd(), commits: some, logger });
  const unread = { level: 'error', taken_back: false, type: null, revert: false, breaking: [] };
  const answers = Object.fromEntries(commits.map(({ hash }) => [hash, unread]));
  for (const { hash, message, type, revert, notes } of parsed) {
    answers[hash] = {
      level: left.has(hash) ? ((await level([{ hash, message }])) ?? 'none') : 'none',
      taken_back: !left.has(hash),
      type,
      revert: revert !== null,
      breaking: notes.map((note) => note.text),
    };
  }
  return { level: (await level(readable)) ?? 'none', commits: answers, notes: await notesOf(preset, readable) };
}

/** A message that their parser fails on ends their whole run; the others of its history can still be compared without it. */
function canRead(parser, { message }) {
  try {
    parser.parse(message);
    return true;
  } catch {
    return false;
  }
}

function notesOf(preset, commits) {
  return generateNotes({ preset }, {
    cwd: process.cwd(),
    commits,
    lastRelease: { gitTag: 'v1.0.0', version: '1.0.0' },
    nextRelease: { gitTag: 'v2.0.0', version: '2.0.0' },
    options: { repositoryUrl: 'https://github.com/acme/demo' },
  });
}

const answers = [];
for (const { commits } of await json(process.stdin)) {
  // semantic-release trims what git prints before it hands it on (its lib/git.js, `getCommits`).
  const trimmed = commits.map(({ hash, message }) => ({ hash, message: message.trim() }));
  const answer = {};
  for (const preset of Object.keys(PRESETS)) {
    answer[preset] = await ask(preset, trimmed);
  }
  answers.push(answer);
}
process.stdout.write(JSON.stringify(answers));
