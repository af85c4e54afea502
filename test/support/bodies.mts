/** JSON values that are no object with fields. */
export const NO_OBJECTS = [undefined, null, '', 'text', 7, true, [], [{ id: 'a' }]];

/** JSON values that are nothing with an ID. */
export const NOT_IDENTIFIED = [...NO_OBJECTS, {}, { id: '' }, { id: 7 }, { id: null }, { name: 'a' }];
