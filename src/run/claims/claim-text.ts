/**
 * What stands in a claim: its holder, its lease, its deaths, and a token that no other claim has; a line of JSON.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { NnvolError } from "../../core/errors.ts";
import { Holder, isGone, thisHolder } from "./holder.ts";

const Text = z.object({
	version: z.literal(1),
	/** Of the worker: the same in all its claims. It stands in names of files. */
	token: z.string().regex(/^[0-9a-f]{16}$/),
	...Holder.shape,
	lease: z.number().positive(),
	deaths: z.number().int().nonnegative(),
});

/** The content of a claim. */
export type ClaimText = z.infer<typeof Text>;

/** A claim as it was found. */
export type FoundClaim = {
	/** Undefined where it cannot be read: another version, or damaged. */
	readonly text: ClaimText | undefined;
	/** Milliseconds since its holder's last sign of life, by the clock of the place. */
	readonly silence: number;
	/** What tells it from a later claim of the same name. */
	readonly version: string;
};

/** What this worker's claims say, before any death. */
export function ownText(worker: string, lease: number): ClaimText {
	return { version: 1, token: randomBytes(8).toString("hex"), ...thisHolder(worker), lease, deaths: 0 };
}

export function encodeClaim(text: ClaimText): Uint8Array {
	return new TextEncoder().encode(`${JSON.stringify(text)}\n`);
}

/** Undefined for anything else than a claim. */
export function decodeClaim(bytes: Uint8Array): ClaimText | undefined {
	try {
		return Text.parse(JSON.parse(new TextDecoder().decode(bytes)));
	} catch {
		return undefined;
	}
}

/**
 * True where the holder is gone, or silent for longer than its own lease (`lease` where it cannot be read).
 *
 * A time that far in the future is that of a clock which was set back: a living holder renews it soon.
 */
export function isOver({ text, silence }: FoundClaim, lease: number): boolean {
	if (text !== undefined && isGone(text)) return true;
	return Math.abs(silence) > (text?.lease ?? lease);
}

const NAME = /^[a-z0-9-]+$/;

/** True for what may be claimed; all else in the place is not a claim. */
export function isClaimName(name: string): boolean {
	return NAME.test(name);
}

/** @throws RUN for a name that cannot be claimed */
export function requireClaimName(name: string): void {
	if (isClaimName(name) && name.length <= 128) return;
	throw new NnvolError("RUN", `"${name}" cannot be claimed: expected up to 128 letters a-z, digits and "-"`);
}
