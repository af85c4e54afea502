import { ApiError } from './apiError.mts';

/** Low to high; each includes those below it, so INSTALLER may do what needs OWNER. Source: Enapter's documentation. */
const roles = ['READONLY', 'USER', 'OWNER', 'INSTALLER', 'VENDOR', 'SYSTEM'] as const;

export type Role = (typeof roles)[number];

/**
 * The demo tokens. Fixed, so that a credential made for one start works at the next. Each has one role for
 * everything; the real API has a role for each site and device.
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
 * The role a token gives. Throws 401 without a token and 403 for an unknown or expired one, both statuses from
 * Enapter's documentation. The 403 body is its sample; nothing says that an expired token is told apart.
 */
export function authenticate(token: string | string[] | undefined): Role {
	const details = { header: 'X-Enapter-Auth-Token' };
	if (token === undefined || token === '') {
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

/** Throws 403 if `role` is below `needed`. The body is from enapter-cli's test data. */
export function requireRole(role: Role, needed: Role): void {
	if (!includesRole(role, needed)) {
		throw new ApiError(403, { code: 'forbidden', message: 'Access denied.' });
	}
}
