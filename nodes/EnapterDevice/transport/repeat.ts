import type { Failure } from './failure';

const FIRST_PAUSE = 500;

/**
 * How long to wait before a request is repeated: what the API asked for, else twice as long each time and never quite the
 * same, so that many clients do not come back at the same moment.
 *
 * @param repeats how often it was repeated already
 * @param longest milliseconds that are not exceeded, whatever the API asks for
 * @returns milliseconds; nothing when repeating it would be of no use, or could do something twice
 */
export function pauseBeforeRepeat(
	call: { repeatable: boolean },
	failure: Failure,
	repeats: number,
	longest: number,
): number | undefined {
	if (!failure.passing) return undefined;
	if (failure.carriedOut === 'maybe' && !call.repeatable) return undefined;
	const growing = FIRST_PAUSE * 2 ** repeats * (0.5 + Math.random() / 2);
	return Math.min(failure.retryAfter ?? growing, longest);
}
