/**
 * Holes of a binary mask: background that cannot be reached from outside through faces.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";

/** Voxels still to be looked at; grows as it must. */
type Stack = { items: Uint32Array; length: number };

const REACHED = 2;

/**
 * `mask` (C-ordered over `shape`, up to three axes; not 0 is foreground) with its holes filled, as 0 and 1.
 *
 * As `scipy.ndimage.binary_fill_holes` with its default structure: background is connected through edges in 2D and
 * faces in 3D, and what touches the border of any axis is outside. So a 3D mask of one slice has no holes: fill in 2D.
 *
 * @throws RangeError where the length is not the shape's
 */
export function fillHoles(mask: Uint8Array, shape: Shape): Uint8Array<ArrayBuffer> {
	if (mask.length !== sizeOf(shape)) {
		throw new RangeError(`fillHoles: expected a mask of ${shapeText(shape)}, found ${mask.length} voxels`);
	}
	const out = new Uint8Array(mask.length);
	for (let i = 0; i < mask.length; i++) out[i] = mask[i] === 0 ? 0 : 1;
	const stack: Stack = { items: new Uint32Array(1024), length: 0 };
	seedBorders(out, shape, stack);
	flood(out, asZyx(shape), stack);
	for (let i = 0; i < out.length; i++) out[i] = out[i] === REACHED ? 0 : 1;
	return out;
}

/** Marks the background voxels on the first and last plane of every axis that `shape` has. */
function seedBorders(out: Uint8Array, shape: Shape, stack: Stack): void {
	const [depth, height, width] = asZyx(shape);
	for (let z = 0; z < depth; z++) {
		const outerPlane = shape.length > 2 && (z === 0 || z === depth - 1);
		for (let y = 0; y < height; y++) {
			const outerRow = outerPlane || (shape.length > 1 && (y === 0 || y === height - 1));
			const row = (z * height + y) * width;
			const step = outerRow ? 1 : Math.max(1, width - 1);
			for (let x = 0; x < width; x += step) visit(out, row + x, stack);
		}
	}
}

function visit(out: Uint8Array, at: number, stack: Stack): void {
	if (out[at] !== 0) return;
	out[at] = REACHED;
	if (stack.length === stack.items.length) {
		const larger = new Uint32Array(stack.items.length * 2);
		larger.set(stack.items);
		stack.items = larger;
	}
	stack.items[stack.length++] = at;
}

function flood(out: Uint8Array, [depth, height, width]: Zyx, stack: Stack): void {
	const plane = height * width;
	while (stack.length > 0) {
		const at = stack.items[--stack.length] ?? 0;
		const x = at % width;
		const y = Math.floor(at / width) % height;
		const z = Math.floor(at / plane);
		if (x > 0) visit(out, at - 1, stack);
		if (x < width - 1) visit(out, at + 1, stack);
		if (y > 0) visit(out, at - width, stack);
		if (y < height - 1) visit(out, at + width, stack);
		if (z > 0) visit(out, at - plane, stack);
		if (z < depth - 1) visit(out, at + plane, stack);
	}
}
