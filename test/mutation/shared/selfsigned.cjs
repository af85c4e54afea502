module.exports = globalThis.sharedPackages['selfsigned'];
