const { spawn } = require('node:child_process');
const { rm } = require('node:fs/promises');
const { dest, series, src } = require('gulp');

function clean() {
	return rm('dist', { recursive: true, force: true });
}

/** Compiles. gulp uses the exit code of the returned process, so the build fails if tsc fails. */
function compile() {
	const tsc = require.resolve('typescript/bin/tsc');
	return spawn(process.execPath, [tsc, '-p', 'tsconfig.json'], { stdio: 'inherit' });
}

/** Copies what n8n reads besides the code: icons, the codex and the output schemas. */
function copyAssets() {
	const assets = ['nodes/**/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'];
	return src(assets, { base: '.', encoding: false }).pipe(dest('dist'));
}

exports.build = series(clean, compile, copyAssets);
