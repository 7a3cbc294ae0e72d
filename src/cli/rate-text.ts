/**
 * Rates and times of a run, as its line of progress says them.
 *
 * @module
 */

/** Files a second, minute or hour, whichever reads well. */
export function rateText(perSecond: number): string {
	return perSecondText(perSecond, "files");
}

/** So many `things` a second, minute or hour, whichever reads well. */
export function perSecondText(rate: number, things: string): string {
	if (rate >= 1) return `${rate.toFixed(1)} ${things}/s`;
	if (rate * 60 >= 1) return `${(rate * 60).toFixed(1)} ${things}/min`;
	return `${(rate * 3600).toFixed(1)} ${things}/h`;
}

/** `3 h 12 min`, `4 min 05 s`, `12 s`. */
export function durationText(seconds: number): string {
	const whole = Math.max(0, Math.round(seconds));
	const hours = Math.floor(whole / 3600);
	const minutes = Math.floor((whole % 3600) / 60);
	if (hours > 0) return `${hours} h ${String(minutes).padStart(2, "0")} min`;
	if (minutes > 0) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
	return `${whole} s`;
}
