#!/usr/bin/env node
'use strict'

require('../index.js').run(undefined, process.argv.slice(2))
