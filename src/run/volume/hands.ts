/**
 * The claims that workers on one volume have: a fence for what one of them does for all, and claims on units.
 *
 * @module
 */
import { isNnvolError } from "../../core/errors.ts";
import { joinPath } from "../../volume/stores/open-store.ts";
import { type Claims, openClaims } from "../claims/claims.ts";
import type { VolumeShare } from "./run-facts.ts";

/** Claims of one worker on one volume. */
export type Hands = {
	/** One at a time: beginning, measuring, putting together; undefined where the place can hold no claims. */
	readonly fence: Claims | undefined;
	/** Units and blocks: one at a time where units of others are done too, else only marked. */
	readonly units: Claims;
	close(): Promise<void>;
};

/** Claims beside the records in `folder`. Close them in a `finally`. */
export async function openHands(
	folder: string,
	worker: string,
	{ index, count, lease, others }: VolumeShare,
): Promise<Hands> {
	const place = joinPath(folder, "claims");
	const fence = await openFence(place, { worker, lease }, others);
	const units = others && fence !== undefined ? fence : await openMarks(place, { index, count, lease });
	return {
		fence,
		units,
		close: async () => {
			await fence?.close();
			if (units !== fence) await units.close();
		},
	};
}

/** Exclusive claims; undefined where the place can hold none, which only those who need them are refused for. @throws UNBUILT */
export async function openFence(
	place: string,
	options: { readonly worker: string; readonly lease: number },
	isNeeded: boolean,
): Promise<Claims | undefined> {
	try {
		return await openClaims(place, { ...options, exclusive: true });
	} catch (error) {
		if (isNeeded || !isNnvolError(error, "UNBUILT")) throw error;
		return undefined;
	}
}

/** Marks of a share, which whoever takes it up again finds to be its own: deaths are counted on whatever machine. */
export function openMarks(
	place: string,
	{ index, count, lease }: { readonly index: number; readonly count: number; readonly lease: number },
): Promise<Claims> {
	return openClaims(place, { worker: `share-${index}-of-${count}`, lease, exclusive: false });
}
