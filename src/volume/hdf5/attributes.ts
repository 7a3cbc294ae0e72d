/**
 * Attributes of HDF5 data sets: numbers read, numbers and text written.
 *
 * @module
 */
import { type NdArray, ndarray } from "../../core/array.ts";
import { asZyx } from "../../core/shape.ts";
import { SPACING_ATTRIBUTES } from "../spacing.ts";
import type { VolumeSpec } from "../volume.ts";
import { receive, send } from "./memory.ts";
import type { H5File } from "./parse.ts";
import { arrayType, dtypeOf, STRING, textType } from "./types.ts";

/** The numbers in an attribute of data set `name`; undefined where it has no such attribute or holds anything else. */
export function numbersIn({ hdf5, id, path }: H5File, name: string, attribute: string): readonly number[] | undefined {
	return hdf5.attempt(path, `cannot read attribute "${attribute}" of data set "${name}"`, (m) => {
		if (!m.get_attribute_names(id, name).includes(attribute)) return undefined;
		const metadata = m.get_attribute_metadata(id, name, attribute);
		const dtype = dtypeOf(metadata);
		if (dtype === undefined || dtype === "float16" || metadata.total_size > 1024) return undefined;
		let numbers: readonly number[] | undefined;
		receive(
			m,
			dtype,
			[metadata.total_size],
			(address) => m.get_attribute_data(id, name, attribute, address),
			(array) => {
				numbers = Array.from(array.data, Number);
			},
		);
		return numbers;
	});
}

/** The text in an attribute of data set `name`; undefined where it has no such attribute or holds anything else. */
export function textIn({ hdf5, id, path }: H5File, name: string, attribute: string): string | undefined {
	return hdf5.attempt(path, `cannot read attribute "${attribute}" of data set "${name}"`, (m) => {
		if (!m.get_attribute_names(id, name).includes(attribute)) return undefined;
		const { type, vlen, size, total_size } = m.get_attribute_metadata(id, name, attribute);
		if (type !== STRING || total_size !== 1 || size > LONGEST_TEXT) return undefined;
		let bytes: Uint8Array = new Uint8Array();
		receive(
			m,
			"uint8",
			[size],
			(address) => {
				const status = m.get_attribute_data(id, name, attribute, address);
				const start = vlen
					? new Uint32Array(m.HEAPU8.slice(Number(address), Number(address) + 4).buffer)[0]
					: undefined;
				const at = start ?? Number(address);
				const end = vlen ? m.HEAPU8.indexOf(0, at) : at + size;
				bytes = m.HEAPU8.slice(at, Math.min(end, at + LONGEST_TEXT));
				if (vlen) m.reclaim_vlen_memory(id, name, attribute, address);
				return status;
			},
			() => {},
		);
		return new TextDecoder().decode(bytes).replace(/[\0 ]+$/, "");
	});
}

/** Longer texts are no axes and no unit. */
const LONGEST_TEXT = 64 << 10;

/** Writes the attributes, the voxel size and the axes of `spec` (as dimension labels) to data set `name`. */
export function writeAttributes(file: H5File, name: string, spec: VolumeSpec): void {
	for (const [key, value] of Object.entries(spec.attributes ?? {})) {
		if (typeof value === "string") writeText(file, name, key, value);
		else if (typeof value === "boolean") {
			writeNumbers(file, name, key, ndarray("uint8", [], new Uint8Array([Number(value)])));
		} else writeNumbers(file, name, key, ndarray("float64", [], new Float64Array([value])));
	}
	if (spec.spacing !== undefined) {
		const values = new Float64Array(asZyx(spec.spacing));
		writeNumbers(file, name, SPACING_ATTRIBUTES[0], ndarray("float64", [values.length], values));
	}
	for (const [axis, letter] of [...spec.axes].entries()) {
		file.hdf5.attempt(file.path, "cannot write the axes", (m) => m.set_dimension_label(file.id, name, axis, letter));
	}
}

function writeText({ hdf5, id, path }: H5File, name: string, key: string, text: string): void {
	hdf5.attempt(path, `cannot write attribute "${key}"`, (m) =>
		m.create_vlen_str_attribute(id, name, key, [text], textType()),
	);
}

function writeNumbers({ hdf5, id, path }: H5File, name: string, key: string, array: NdArray): void {
	hdf5.attempt(path, `cannot write attribute "${key}"`, (m) =>
		send(m, array, (address) => m.create_attribute(id, name, key, address, arrayType(array.dtype, array.shape))),
	);
}
