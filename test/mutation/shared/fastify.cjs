module.exports = globalThis.sharedPackages['fastify'];
