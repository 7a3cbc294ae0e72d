/**
 * What ImageJ puts into the description of a TIFF: lines of `key=value` about channels, slices, frames and voxel size.
 *
 * @module
 */
import { sizeOf } from "../../core/shape.ts";
import type { Leading } from "./description.ts";
import type { TiffPage } from "./page.ts";
import { unitName } from "./units.ts";

/** The axes before the page's own: frames, slices, channels, in this order, without those of extent 1. */
export function fromImageJ(description: string, page: TiffPage): Leading {
	const text = (key: string) => new RegExp(`^${key}=([^\r\n]*)`, "m").exec(description)?.[1]?.trim();
	const value = (key: string, fallback: number) => {
		const found = Number(text(key) ?? fallback);
		return Number.isFinite(found) ? found : fallback;
	};
	const [frames, slices, channels] = [value("frames", 1), value("slices", 1), value("channels", 1)];
	const axes = [
		{ letter: slices > 1 ? "?" : "z", extent: frames },
		{ letter: "z", extent: slices },
		{ letter: "c", extent: page.samples > 1 ? 1 : channels },
	].filter(({ extent }) => extent > 1);
	const shape = axes.map(({ extent }) => extent);
	const images = value("images", 1);
	if (sizeOf(shape) !== images) {
		const isCount = Number.isSafeInteger(images) && images > 1;
		return isCount ? { shape: [images], axes: "z" } : { shape: [], axes: "" };
	}
	const [z, [y, x]] = [value("spacing", 0), page.resolution ?? [0, 0]];
	if (!(z > 0 && y > 0 && x > 0 && slices > 1)) return { shape, axes: axes.map(({ letter }) => letter).join("") };
	const unit = unitName(text("unit"));
	return {
		shape,
		axes: axes.map(({ letter }) => letter).join(""),
		spacing: [z, 1 / y, 1 / x],
		...(unit === undefined ? {} : { unit }),
	};
}
