/**
 * One case after another: a case that fails does not end the others.
 *
 * @module
 */
import { errorText, isNnvolError } from "../core/errors.ts";

/** Told after each case; `error` says why it failed. */
export type OnCase = (name: string, done: number, total: number, error?: string) => void;

/** How the cases ended. */
export type CaseOutcomes = {
	readonly done: number;
	readonly failed: readonly { readonly name: string; readonly error: string }[];
};

/** Does `work` for each name in order. Faults of a case are collected; an interruption and a fault of nnvol itself end all. */
export async function eachCase(
	names: readonly string[],
	onCase: OnCase,
	work: (name: string) => Promise<void>,
): Promise<CaseOutcomes> {
	const failed: { name: string; error: string }[] = [];
	for (const [n, name] of names.entries()) {
		try {
			await work(name);
			onCase(name, n + 1, names.length);
		} catch (error) {
			if (!isNnvolError(error) || isNnvolError(error, "CANCELLED")) throw error;
			failed.push({ name, error: errorText(error) });
			onCase(name, n + 1, names.length, errorText(error));
		}
	}
	return { done: names.length - failed.length, failed };
}
