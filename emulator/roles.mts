import { ApiError, notFound } from './apiError.mts';
import type { Dialect } from './dialect.mts';

/** Low to high. Each includes those below it, so INSTALLER can do what OWNER can. Source: Enapter's documentation. */
const roles = ['READONLY', 'USER', 'OWNER', 'INSTALLER', 'VENDOR', 'SYSTEM'] as const;

export type Role = (typeof roles)[number];

/**
 * The demo tokens. They are fixed so that a credential still works after a restart. Each token has one role; with the
 * real API a role depends on the site and the device.
 */
export const tokens = {
	owner: 'enapter-emulator-owner-token',
	installer: 'enapter-emulator-installer-token',
	readonly: 'enapter-emulator-readonly-token',
	user: 'enapter-emulator-user-token',
	expired: 'enapter-emulator-expired-token',
};

const roleOfToken = new Map<string, Role>([
	[tokens.owner, 'OWNER'],
	[tokens.installer, 'INSTALLER'],
	[tokens.readonly, 'READONLY'],
	[tokens.user, 'USER'],
]);

/**
 * Returns the role of a token. Throws 401 without a token, and 403 for an unknown or expired token. Both statuses are
 * from Enapter's documentation, and so is the body of the 403. No source distinguishes an expired token from an unknown one.
 */
export function authenticate(
	token: string | string[] | undefined,
	{ missingToken }: Dialect,
): Role | 'anonymous' {
	const details = { header: 'X-Enapter-Auth-Token' };
	if (token === undefined || token === '') {
		if (missingToken === 'emptyLists') return 'anonymous';
		if (missingToken === '404') throw notFound('Not found.');
		if (missingToken === '403') throw new ApiError(403, { code: 'forbidden', message: 'Access denied.' });
		throw new ApiError(401, { code: 'missing_header', message: 'Authentication token is missing.', details });
	}
	const role = typeof token === 'string' ? roleOfToken.get(token) : undefined;
	if (role === undefined) {
		throw new ApiError(403, { code: 'invalid_header', message: 'Authentication token is invalid.', details });
	}
	return role;
}

export function includesRole(role: Role, needed: Role): boolean {
	return roles.indexOf(role) >= roles.indexOf(needed);
}

/** Throws 403 if `role` is below `needed`. The body is from enapter-cli's tests. */
export function requireRole(role: Role, needed: Role): void {
	if (!includesRole(role, needed)) {
		throw new ApiError(403, { code: 'forbidden', message: 'Access denied.' });
	}
}
