const { spawn } = require('node:child_process');
const { rm } = require('node:fs/promises');
const { dest, series, src } = require('gulp');

function clean() {
	return rm('dist', { recursive: true, force: true });
}

/** Fails the build when tsc does: gulp takes the exit code of the process it is given. */
function compile() {
	const tsc = require.resolve('typescript/bin/tsc');
	return spawn(process.execPath, [tsc, '-p', 'tsconfig.json'], { stdio: 'inherit' });
}

/** What n8n reads beside the code: icons, the codex and the output schemas. */
function copyAssets() {
	const assets = ['nodes/**/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'];
	return src(assets, { base: '.', encoding: false }).pipe(dest('dist'));
}

exports.build = series(clean, compile, copyAssets);
