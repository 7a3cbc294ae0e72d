/**
 * A flood from a queue, for a level that only rises: a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan 1990).
 *
 * List 0 holds the voxels at the level, list n those whose heights differ from it in bit n - 1 and none above. Where list 0 is
 * empty, the lowest voxel of the first other list gives the new level, and that list goes to lists before it. Voxels never
 * change their order, so those of one height come in the order in which they were added. Lists are arrays, for what is
 * read next has to lie side by side: memory is what a flood waits for.
 *
 * @module
 */
import { flooded, isOpen, neighboursOf, type Plain } from "./flood-plain.ts";

/** Waiting voxels, three numbers each: height, voxel, label. */
type List = { length: number; items: Int32Array };

/** The lists, and the level of the flood. */
export type Queue = { level: number; readonly lists: readonly List[] };

/** A queue without voxels. */
export function createQueue(level: number): Queue {
	return { level, lists: Array.from({ length: 33 }, () => ({ length: 0, items: new Int32Array(3 * 256) })) };
}

/** Adds a voxel whose height is not below the level. */
export function append({ level, lists }: Queue, key: number, voxel: number, label: number): void {
	const list = lists[32 - Math.clz32(key ^ level)];
	if (list === undefined) return;
	if (list.length === list.items.length) grow(list);
	const { items, length } = list;
	items[length] = key;
	items[length + 1] = voxel;
	items[length + 2] = label;
	list.length = length + 3;
}

/** Floods from the queue until it is empty. */
export function floodFromQueue(plain: Plain, queue: Queue): void {
	const [here] = queue.lists;
	if (here === undefined) return;
	do {
		for (let i = 0; i < here.length; i += 3) floodAround(plain, queue, here.items[i + 1] ?? 0, here.items[i + 2] ?? 0);
		here.length = 0;
	} while (rise(queue));
}

function floodAround(plain: Plain, queue: Queue, at: number, label: number): void {
	const offsets = neighboursOf(plain, at);
	for (let n = 0; n < offsets.length; n++) {
		const to = at + (offsets[n] ?? 0);
		if (isOpen(plain.open, to)) append(queue, Math.max(queue.level, flooded(plain, to, label)), to, label);
	}
}

/** Raises the level to the lowest voxel that waits; false where none does. */
function rise(queue: Queue): boolean {
	const list = queue.lists.find(({ length }) => length > 0);
	if (list === undefined) return false;
	const { items, length } = list;
	let low = items[0] ?? 0;
	for (let i = 3; i < length; i += 3) low = Math.min(low, items[i] ?? 0);
	queue.level = low;
	list.length = 0;
	for (let i = 0; i < length; i += 3) append(queue, items[i] ?? 0, items[i + 1] ?? 0, items[i + 2] ?? 0);
	return true;
}

function grow(list: List): void {
	const items = new Int32Array(2 * list.items.length);
	items.set(list.items);
	list.items = items;
}
