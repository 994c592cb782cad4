#!/usr/bin/env node
'use strict'

require('../index.js').run('catv13', process.argv.slice(2))
