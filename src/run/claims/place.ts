/**
 * Where claims lie, seen by who takes them.
 *
 * @module
 */
import type { ClaimText, FoundClaim } from "./claim-text.ts";

/** What a heartbeat renews: files with their content, or one object. */
export type Beat =
	| { readonly kind: "file"; readonly path: string; readonly bytes: Uint8Array }
	| { readonly kind: "object"; readonly root: string; readonly key: string; readonly bytes: Uint8Array };

/** A folder or a place in a bucket. `onBeat` is told what is to be renewed from now on. */
export interface ClaimPlace {
	/** Puts a claim there where there is none. */
	create(name: string, text: ClaimText): Promise<boolean>;
	/** The claim that stands there. */
	look(name: string): Promise<FoundClaim | undefined>;
	/** Replaces what was found, and nothing that came after it; whose claim stands there in the end `look` tells. */
	succeed(name: string, found: FoundClaim, text: ClaimText): Promise<void>;
	/** Removes what stands there. */
	remove(name: string): Promise<void>;
	/** Names of all claims. */
	names(): Promise<readonly string[]>;
	/** A sign of life from this thread. */
	renew(): Promise<void>;
	/** Removes what is there besides claims. */
	close(): Promise<void>;
}

/** Told of what is to be renewed. */
export type OnBeat = (beat: Beat) => void;
