/**
 * The end of a streamed volume as steps that several workers share, and that go on where they were cut off.
 *
 * What is done is recorded in `closing/ROUND/` beside the records of blocks. A round speaks of blocks as they were when it began:
 * where one is taken back to be done again, `BlockRecords` forgets the round, and the next one begins anew.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { removeWhole } from "../../volume/publish.ts";
import { isRemote, joinPath, openStore } from "../../volume/stores/open-store.ts";
import { removeTree } from "../../volume/stores/tree.ts";
import type { BlockRecords } from "../block-records.ts";
import type { Claims } from "../claims/claims.ts";
import { LONE } from "../claims/lone.ts";
import { within } from "../claims/within.ts";
import type { SlabPass } from "./slab-records.ts";

/** Where rounds lie, beside the records of blocks. */
const FOLDER = "closing";

const ROUND = /^[0-9a-f]{16}$/;

/** Of an output that is in its place: all is done. */
const NO_ROUND = "0".repeat(16);

/** A round: what all its steps have in common. */
export type Closing = {
	readonly round: string;
	readonly pass: Pick<SlabPass<unknown>, "kind" | "state" | "folder" | "share" | "isOver" | "signal">;
};

/** Who closes. */
export type Closers = {
	/** Exclusive ones; undefined where nobody else does. */
	readonly claims: Claims | undefined;
	readonly index: number;
	readonly count: number;
	readonly signal?: AbortSignal | undefined;
};

/** The round that is being made, or a new one, once all blocks are done. @throws VOLUME, CANCELLED */
export async function openClosing(records: BlockRecords, { claims, index, count, signal }: Closers): Promise<Closing> {
	const round = await within(claims, "closing", () => roundOf(records), signal);
	const pass = {
		kind: "closing",
		state: records.state,
		folder: `${FOLDER}/${round}`,
		share: { claims: claims ?? LONE, index, count },
		isOver: () => records.isFinishedByNow(),
		signal,
	} as const;
	return { round, pass };
}

/** True while the round is that of the blocks: not once one of them was taken back, or the output is finished. */
export async function isCurrent(records: BlockRecords, { round }: Closing): Promise<boolean> {
	return (await records.readClosing())?.trim() === round;
}

/** A step of a product, as records and claims name it. */
export function stepName(product: string, step: string): string {
	return `${product}-${step}`.toLowerCase().replaceAll("_", "-");
}

/** Removes what rounds recorded, once the output is in its place. */
export async function removeClosing({ folder }: BlockRecords): Promise<void> {
	const place = joinPath(folder, FOLDER);
	if (!isRemote(place)) return removeWhole(place);
	const store = await openStore(place);
	await removeTree(store, "").finally(() => store.close());
}

async function roundOf(records: BlockRecords): Promise<string> {
	if (await records.isFinishedByNow()) return NO_ROUND;
	const known = (await records.readClosing())?.trim() ?? "";
	if (ROUND.test(known)) return known;
	await removeClosing(records); // of blocks that were done again since
	const round = randomBytes(8).toString("hex");
	await records.writeClosing(`${round}\n`);
	return round;
}
