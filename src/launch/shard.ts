/**
 * Which share of the work a process does: share `index` of `count`, from 0, found from what a scheduler puts into the
 * environment or said with `--shard`.
 *
 * `--shard i/n` always wins. `--shard auto/n` takes the index from the scheduler and the count from the user: most arrays
 * do not tell how many tasks they had when they were first submitted, and a number guessed from a part that was submitted
 * again would cut the work otherwise. An array whose tasks start several ranks (srun, mpirun) is cut twice: `n` is then
 * the number of all ranks, and the share is `array index * ranks + rank`.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { type ArrayTask, findArrayTask } from "./array-task.ts";
import type { Environment } from "./environment.ts";
import { findRank, type Rank } from "./rank.ts";

/** A share of the work. `from` says where it was found, for the line a worker starts with. */
export type Shard = { readonly index: number; readonly count: number; readonly from: string };

/** What `--shard` says: `index` is undefined for `auto/n`. */
type Given = { readonly index: number | undefined; readonly count: number };

/**
 * The share of this process. `explicit` is what `--shard` was given: `i/n` or `auto/n`. Without it and without a
 * scheduler it is share 0 of 1, `from` "alone".
 *
 * @throws NnvolError CONFIG where `explicit` is malformed, where a scheduler tells an index and nothing tells the count,
 * or where the two do not fit.
 */
export function findShard(env: Environment, explicit?: string): Shard {
	const given = explicit === undefined ? undefined : parseShard(explicit);
	if (given?.index !== undefined) return { index: given.index, count: given.count, from: `--shard ${explicit}` };
	const task = findArrayTask(env);
	const rank = findRank(env);
	if (task !== undefined) return ofTask(task, rank, given?.count);
	if (rank !== undefined) return ofRank(rank, given?.count);
	if (given === undefined) return { index: 0, count: 1, from: "alone" };
	throw new NnvolError(
		"CONFIG",
		`--shard auto/${given.count}: no scheduler's index is in the environment; say which share this is, such as --shard 0/${given.count}`,
	);
}

/** @throws NnvolError CONFIG where `text` is neither `i/n` with i < n nor `auto/n`. */
function parseShard(text: string): Given {
	const [, index, number] = /^(\d{1,9}|auto)\/(\d{1,9})$/.exec(text) ?? [];
	if (index === undefined || number === undefined) {
		throw new NnvolError(
			"CONFIG",
			`--shard ${text}: expected i/n, such as 0/8 for the first of eight shares, or auto/n where a scheduler tells i`,
		);
	}
	const count = Number(number);
	if (count === 0) throw new NnvolError("CONFIG", `--shard ${text}: there is at least one share, such as 0/1`);
	if (index === "auto") return { index: undefined, count };
	if (Number(index) < count) return { index: Number(index), count };
	throw new NnvolError(
		"CONFIG",
		`--shard ${text}: shares count from 0, so the last of ${count} is ${count - 1}/${count}`,
	);
}

function ofRank(rank: Rank, count: number | undefined): Shard {
	if (count !== undefined && count !== rank.count) {
		throw new NnvolError(
			"CONFIG",
			`--shard auto/${count}: ${rank.text} says that there are ${rank.count} ranks; leave --shard out, or start ${count}`,
		);
	}
	return { index: rank.index, count: rank.count, from: rank.text };
}

function ofTask(task: ArrayTask, rank: Rank | undefined, count: number | undefined): Shard {
	const ranks = rank?.count ?? 1;
	if (count !== undefined && count % ranks !== 0) {
		throw new NnvolError(
			"CONFIG",
			`--shard auto/${count}: each task of the array starts ${ranks} ranks (${rank?.text}), so the number of all is a multiple of ${ranks}`,
		);
	}
	const of = count === undefined ? toldPlace(task, ranks) : chosenPlace(task, count / ranks);
	const counted = count === undefined ? `${of.count}` : `--shard auto/${count}`;
	return {
		index: of.index * ranks + (rank?.index ?? 0),
		count: of.count * ranks,
		from: `${task.text} of ${counted}${rank === undefined ? "" : `, ${rank.text}`}`,
	};
}

type Place = { readonly index: number; readonly count: number };

function toldPlace(task: ArrayTask, ranks: number): Place {
	if (task.told !== undefined) return task.told;
	const each = ranks === 1 ? "" : `, times the ${ranks} ranks of each`;
	throw new NnvolError(
		"CONFIG",
		`${task.text}: ${task.scheduler} does not tell how many shares there are; add --shard auto/N, N being the number of tasks of the whole array as first submitted${each}`,
	);
}

/** Where the task stands among `count`: its index as it is, or, of an array that starts elsewhere and is whole, from its first. */
function chosenPlace(task: ArrayTask, count: number): Place {
	const { told, span } = task;
	if (task.whole && told !== undefined && told.count !== count) {
		throw new NnvolError(
			"CONFIG",
			`--shard auto/${count}: ${task.text} says that there are ${told.count}; leave --shard out, or submit ${count} tasks`,
		);
	}
	if (task.index >= 0 && task.index < count && (task.end ?? 0) <= count) return { index: task.index, count };
	if (span?.count === count) return span;
	throw new NnvolError(
		"CONFIG",
		`--shard auto/${count}: ${task.text} is not one of ${count} shares; submit the array as ${task.wanted(count)}, or a part of that`,
	);
}
