/** A Resource Locator in the mode By ID. */
export const byId = <T,>(value: T) => ({ __rl: true, mode: 'id', value });
