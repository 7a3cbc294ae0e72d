/**
 * Reads TensorBoard's event files, independently of what writes them: bit by bit checksums, fields as they come.
 *
 * @module
 */

/** A field of a message: its number, and its varint, bytes or fixed bytes. */
export type Field = { readonly number: number; readonly value: number | Uint8Array };

/** Value of a summary. */
export type SummaryValue = {
	readonly tag: string;
	readonly scalar?: number;
	readonly image?: { readonly height: number; readonly width: number; readonly png: Uint8Array };
	readonly text?: string;
};

/** What a record says. */
export type EventRecord = {
	readonly time: number;
	readonly step: number;
	readonly version?: string;
	readonly values: readonly SummaryValue[];
};

/** The bodies of the records in a file. @throws where a checksum or a length is wrong */
export function recordsOf(file: Uint8Array): Uint8Array[] {
	const bodies: Uint8Array[] = [];
	const view = new DataView(file.buffer, file.byteOffset, file.length);
	for (let at = 0; at < file.length; ) {
		const length = Number(view.getBigUint64(at, true));
		check(file.subarray(at, at + 8), view.getUint32(at + 8, true));
		const body = file.subarray(at + 12, at + 12 + length);
		check(body, view.getUint32(at + 12 + length, true));
		bodies.push(body);
		at += 16 + length;
	}
	return bodies;
}

function check(bytes: Uint8Array, masked: number): void {
	const turned = (masked - 0xa282ead8) >>> 0;
	const stored = ((turned >>> 17) | (turned << 15)) >>> 0;
	if (stored !== naiveCrc32c(bytes)) throw new RangeError("a checksum does not fit");
}

/** CRC-32C, one bit a step. */
function naiveCrc32c(bytes: Uint8Array): number {
	let crc = 0xffffffff;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc >>> 0;
}

/** The fields of a message. */
export function fieldsOf(message: Uint8Array): Field[] {
	const fields: Field[] = [];
	let at = 0;
	const varint = () => {
		let value = 0;
		for (let scale = 1; ; scale *= 128) {
			const byte = message[at++] ?? 0;
			value += (byte & 127) * scale;
			if (byte < 128) return value;
		}
	};
	while (at < message.length) {
		const key = varint();
		const [number, wire] = [Math.floor(key / 8), key % 8];
		if (wire === 0) fields.push({ number, value: varint() });
		else {
			const length = wire === 1 ? 8 : wire === 5 ? 4 : varint();
			fields.push({ number, value: message.subarray(at, at + length) });
			at += length;
		}
	}
	return fields;
}

/** The events in a file. */
export function eventsIn(file: Uint8Array): EventRecord[] {
	return recordsOf(file).map((body) => {
		const fields = fieldsOf(body);
		const version = textIn(fields, 3);
		const summary = bytesIn(fields, 5);
		return {
			time: fixed(bytesIn(fields, 1)),
			step: numberIn(fields, 2),
			...(version === undefined ? {} : { version }),
			values: summary === undefined ? [] : fieldsOf(summary).map(({ value }) => summaryValue(value)),
		};
	});
}

function summaryValue(body: number | Uint8Array): SummaryValue {
	if (typeof body === "number") throw new TypeError("a value that is no message");
	const fields = fieldsOf(body);
	const scalar = bytesIn(fields, 2);
	const image = bytesIn(fields, 4);
	const tensor = bytesIn(fields, 8);
	const text = tensor === undefined ? undefined : textIn(fieldsOf(tensor), 8);
	return {
		tag: textIn(fields, 1) ?? "",
		...(scalar === undefined ? {} : { scalar: fixed(scalar) }),
		...(image === undefined ? {} : { image: imageIn(fieldsOf(image)) }),
		...(text === undefined ? {} : { text }),
	};
}

function imageIn(fields: readonly Field[]) {
	return {
		height: numberIn(fields, 1),
		width: numberIn(fields, 2),
		png: bytesIn(fields, 4) ?? new Uint8Array(),
	};
}

function bytesIn(fields: readonly Field[], number: number): Uint8Array | undefined {
	const value = fields.find((field) => field.number === number)?.value;
	return typeof value === "number" ? undefined : value;
}

function numberIn(fields: readonly Field[], number: number): number {
	const value = fields.find((field) => field.number === number)?.value;
	return typeof value === "number" ? value : 0;
}

function textIn(fields: readonly Field[], number: number): string | undefined {
	const bytes = bytesIn(fields, number);
	return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

function fixed(bytes: Uint8Array | undefined): number {
	if (bytes === undefined) return 0;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	return bytes.length === 8 ? view.getFloat64(0, true) : view.getFloat32(0, true);
}
