/** Returns the value stored under a key, creating it the first time. Stored promises let callers share one request. */
export function getOrCreate<K, V>(values: Map<K, V>, key: K, create: () => V): V {
	const present = values.get(key);
	if (present !== undefined) return present;
	const created = create();
	values.set(key, created);
	return created;
}
