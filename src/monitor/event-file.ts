/**
 * TensorBoard's event files: records of a TFRecord file, each an `Event` message.
 *
 * A record is its length (8 bytes, little-endian), the masked CRC-32C of those, the message, its masked CRC-32C. The file
 * begins with the version. Sources: TensorFlow's `record_writer.cc`, `event.proto`, `summary.proto`, `tensor.proto`.
 *
 * @module
 */

import { viewOf } from "../core/bytes.ts";
import { MessageWriter } from "../graph/protobuf.ts";
import { crc32c } from "../volume/zarr/crc32c.ts";

/** Event. */
const WALL_TIME = 1;
const STEP = 2;
const FILE_VERSION = 3;
const SUMMARY = 5;
/** Summary and Summary.Value. */
const VALUE = 1;
const TAG = 1;
const SIMPLE_VALUE = 2;
const IMAGE = 4;
const TENSOR = 8;
const METADATA = 9;
/** DataType.DT_STRING. */
const STRING = 7;
/** Samples of a pixel: red, green, blue. */
const COLOURS = 3;

/** A point of time on TensorBoard's axes. */
export type Moment = { readonly time: Date; readonly step: number };

/** What the first record says. */
export function versionRecord(time: Date): Uint8Array {
	return record(new MessageWriter().double(WALL_TIME, time.getTime() / 1000).text(FILE_VERSION, "brain.Event:2"));
}

/** A point of each of several curves. */
export function scalarsRecord(at: Moment, values: ReadonlyMap<string, number>): Uint8Array {
	const summary = new MessageWriter();
	for (const [tag, value] of values) {
		summary.message(VALUE, new MessageWriter().text(TAG, tag).float(SIMPLE_VALUE, value));
	}
	return summaryRecord(at, summary);
}

/** A picture: the bytes of a PNG with three colours. */
export function imageRecord(
	at: Moment,
	tag: string,
	picture: { readonly png: Uint8Array; readonly height: number; readonly width: number },
): Uint8Array {
	const image = new MessageWriter()
		.integer(1, picture.height)
		.integer(2, picture.width)
		.integer(3, COLOURS)
		.bytes(4, picture.png);
	return summaryRecord(
		at,
		new MessageWriter().message(VALUE, new MessageWriter().text(TAG, tag).message(IMAGE, image)),
	);
}

/** A text, shown as Markdown. */
export function textRecord(at: Moment, tag: string, text: string): Uint8Array {
	const one = new MessageWriter().message(2, new MessageWriter().integer(1, 1)); // a shape of one extent, 1
	const tensor = new MessageWriter().integer(1, STRING).message(2, one).text(8, text);
	const plugin = new MessageWriter().message(1, new MessageWriter().text(1, "text"));
	const value = new MessageWriter().text(TAG, tag).message(TENSOR, tensor).message(METADATA, plugin);
	return summaryRecord(at, new MessageWriter().message(VALUE, value));
}

function summaryRecord({ time, step }: Moment, summary: MessageWriter): Uint8Array {
	const event = new MessageWriter().double(WALL_TIME, time.getTime() / 1000).integer(STEP, step);
	return record(event.message(SUMMARY, summary));
}

function record(message: MessageWriter): Uint8Array {
	const body = message.finish();
	const framed = new Uint8Array(body.length + 16);
	const view = viewOf(framed);
	view.setBigUint64(0, BigInt(body.length), true);
	view.setUint32(8, maskedCrc(framed.subarray(0, 8)), true);
	framed.set(body, 12);
	view.setUint32(12 + body.length, maskedCrc(body), true);
	return framed;
}

/** The checksum, turned and shifted: a checksum of bytes that hold checksums says little. */
export function maskedCrc(bytes: Uint8Array): number {
	const crc = crc32c(bytes);
	return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
