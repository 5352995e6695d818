#!/usr/bin/env node
// The `seamline` command. The launcher checks the Node version before it loads any TypeScript.
import('../launcher.js?command');
