import { expect, it } from "vitest";
import { components } from "../../src/image/components.ts";
import { bytesAt, letGo, room, wordsAt } from "../../src/image/wasm.ts";

const LARGE = 100 << 20;

it("room keeps what its caller put there when it grows, and letGo gives a large memory back", () => {
	const at = room(1 << 16);
	wordsAt(at, 2).set([7, 11]);
	expect(room(LARGE)).toBe(at);
	expect([...wordsAt(at, 2)]).toEqual([7, 11]);
	expect(bytesAt(at, LARGE).length).toBe(LARGE);
	letGo();
	expect(() => bytesAt(0, LARGE)).toThrow(RangeError);
	room(1 << 16);
	wordsAt(at, 1)[0] = 5;
	letGo(); // a small one stays
	expect(wordsAt(at, 1)[0]).toBe(5);
});

it("a kernel that needed much of it does not keep it", () => {
	const board = new Uint8Array(16 << 20).map((_, i) => (i + (i >> 12)) & 1);
	expect(components(board, [4096, 4096]).count).toBe(8 << 20);
	expect(() => bytesAt(0, LARGE)).toThrow(RangeError);
});
