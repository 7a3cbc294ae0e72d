/**
 * What is claimed: a name that one worker has in hand, so that two do not do the same.
 *
 * Claims save work and decide nothing: what is done is told by records alone, and double work is harmless.
 *
 * @module
 */

/** A name in hand. */
export type Claim = {
	readonly name: string;
	/** Workers that held it before and were gone, or silent for longer than their lease, since it was last released. */
	readonly deaths: number;
	/** Lets go of it, and forgets its deaths; nothing happens where somebody has taken it over. @throws VOLUME */
	release(): Promise<void>;
};

/** A name and who has it in hand. */
export type Holding = { readonly name: string; readonly worker: string };

/** Claims of one worker in one place. Close them in a `finally`. */
export interface Claims {
	/**
	 * Takes a name ([a-z0-9-]+) in hand; undefined where somebody alive, or this worker itself, has it.
	 *
	 * @throws VOLUME where the place cannot be read or written; RUN after `close`
	 */
	take(name: string): Promise<Claim | undefined>;
	/** Names that workers have in hand which are alive, by name. It lists the place. @throws VOLUME */
	held(): Promise<readonly Holding[]>;
	/** Lets go of all names that are still in hand: a clean end is no death. */
	close(): Promise<void>;
}

/** How claims are made. */
export type ClaimOptions = {
	/** Who takes names, for people. A share that goes on in another process has the same name again. */
	readonly worker: string;
	/** Milliseconds without a sign of life after which a name is free. */
	readonly lease: number;
	/** False: names are never refused, only marked, so that deaths are counted. */
	readonly exclusive: boolean;
};
