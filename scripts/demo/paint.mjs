/**
 * Paints the masks of the demo over their images, and counts what was found. Uses the built library.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { reshape, zeros } from "../../dist/core/array.js";
import { wholeBox } from "../../dist/core/box.js";
import { components } from "../../dist/image/components.js";
import { openVolume } from "../../dist/volume/formats.js";
import { png } from "../../dist/volume/png/png.js";
import { montage } from "./montage.mjs";
import { greyPicture, holdsObjects, overlay } from "./overlay.mjs";

/** Writes one overlay an image and a montage of all; gives their paths, and a line of text an image. */
export async function paint(cases, { folder, labels }) {
	const images = [];
	const pairs = [];
	for (const { id, image, output } of cases) {
		const grey = greyPicture(await read(image));
		const mask = plane(await read(output));
		const truth = await readLabels(labels, id);
		const picture = overlay(grey, mask, truth);
		const path = join(folder, `${id}_overlay.png`);
		await writePng(path, picture);
		images.push({ id, path, text: describe(mask, truth) });
		pairs.push([overlay(grey, zeros("uint8", mask.shape), undefined), picture]);
	}
	const path = join(folder, "montage.png");
	await writePng(path, montage(pairs));
	return { images, montage: path };
}

async function read(path) {
	const volume = await openVolume(path);
	try {
		return await volume.read(wholeBox(volume.info.shape));
	} finally {
		await volume.close();
	}
}

/** A single section without its leading axis. */
function plane(array) {
	return reshape(
		array,
		array.shape.filter((extent, axis) => extent !== 1 || axis >= array.shape.length - 2),
	);
}

async function readLabels(folder, id) {
	const path = folder === undefined ? "" : join(folder, `${id}.png`);
	return existsSync(path) ? plane(await read(path)) : undefined;
}

async function writePng(path, { data, shape }) {
	const writer = await png.create(path, { dtype: "uint8", shape, axes: "yxc" });
	await writer.write([0, 0, 0], { dtype: "uint8", shape, data });
	await writer.finish();
}

function describe(mask, truth) {
	const binary = Uint8Array.from(mask.data, (value) => (value > 0 ? 1 : 0));
	const area = binary.reduce((sum, value) => sum + value, 0);
	const count = holdsObjects(mask)
		? new Set(mask.data).size - Number(area < binary.length)
		: components(binary, mask.shape, 2).count;
	const percent = ((100 * area) / binary.length).toFixed(2);
	const found = `${count} mitochondria, ${area} of ${binary.length} px (${percent} %)`;
	return truth === undefined ? found : `${found}; Dice with the true outlines ${dice(binary, truth.data).toFixed(3)}`;
}

function dice(mask, truth) {
	let both = 0;
	let sum = 0;
	for (let i = 0; i < mask.length; i++) {
		const isTrue = truth[i] > 0 ? 1 : 0;
		both += mask[i] & isTrue;
		sum += mask[i] + isTrue;
	}
	return sum === 0 ? 1 : (2 * both) / sum;
}
