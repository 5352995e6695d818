// Old JavaScript on purpose: a Node too old for the rest must still be able to read this file, and
// say what is wrong. Everything else is TypeScript, which only a current Node can load.
var needed = 24;
var isCommand = new URL(import.meta.url).searchParams.has('command');

if (Number(process.versions.node.split('.')[0]) >= needed) {
  launch(isCommand ? './cli/main.ts' : './main.ts');
} else {
  process.exitCode = 1;
  console.error(`Seamline needs Node ${needed} or newer.`);
  console.error(`Found: Node ${process.versions.node} (${process.execPath}).`);
  console.error('The project brings its own, and npm uses it: run `npm ci` once, then');
  console.error(isCommand ? '`npx seamline ...`.' : '`npm start`.');
}

/**
 * Compiled code is kept between runs: that saves about half of the time to start. To make it takes
 * longer than to start without, so the first start leaves that to a process of its own, once the shop
 * is open. What has changed since is added once the program has loaded and not only when it ends,
 * because a server may end by SIGKILL.
 */
function launch(program) {
  Promise.all([import('node:module'), import('node:url'), import('node:fs')])
    .then(([module, url, fs]) => {
      const pathOf = (file) => url.fileURLToPath(new URL(`../${file}`, import.meta.url));
      const kept = pathOf(`node_modules/.cache/seamline/${process.version}`);
      const isKept = fs.existsSync(kept);
      if (isKept) module.enableCompileCache(kept);
      if (fs.existsSync(pathOf('.env'))) process.loadEnvFile(pathOf('.env'));
      return import('./quick-resolve.ts')
        .then(() => import(program))
        .then(() => {
          if (isKept) module.flushCompileCache();
          // Many hosts at once leave it to whoever started them.
          else if (!isCommand && !process.send) return warmUp(pathOf('src/warm-up.js'));
        });
    })
    .catch((error) => {
      console.error(error);
      process.exitCode = 1;
    });
}

function warmUp(file) {
  return import('node:child_process').then(({ spawn }) => {
    // Whatever becomes of it, this start is over: the next one tries again.
    spawn(process.execPath, [file], { stdio: 'ignore' })
      .on('error', () => undefined)
      .unref();
  });
}
