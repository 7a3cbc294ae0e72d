import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { S3Store } from "../../../src/volume/stores/s3-store.ts";
import { storeConformance } from "./conformance.ts";
import { type FaultServer, faultServer } from "./fault-server.ts";
import { startS3, type TestServer } from "./servers.ts";

const BUCKET = "volumes";
const VARIABLES = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing", AWS_REGION: "us-east-1" };
/** moto looks at the form only. */
const SIGNED = {
	authorization:
		"AWS4-HMAC-SHA256 Credential=other/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
};
const QUICK = { pause: 1, longestPause: 20, silence: 400 };

const before = { ...process.env };
const server: TestServer | undefined = await startS3(BUCKET);

beforeAll(() => {
	Object.assign(process.env, VARIABLES, { AWS_ENDPOINT_URL_S3: server?.url ?? "" });
});
afterAll(async () => {
	process.env = before;
	await server?.stop();
});

describe.skipIf(server === undefined)("S3 by moto", () => {
	storeConformance("s3 below a prefix", async () => ({
		root: `s3://${BUCKET}/data/x.zarr`,
		canWrite: true,
		canList: true,
	}));

	storeConformance("s3 of a whole bucket", async () => {
		await fetch(`${server?.url}/whole`, { method: "PUT" });
		return { root: "s3://whole", canWrite: true, canList: true };
	});

	test("objects of others are read, and ours by others", async () => {
		const bytes = randomBytes(3_000_000);
		await fetch(`${server?.url}/${BUCKET}/other/c/0`, { method: "PUT", body: new Uint8Array(bytes) });
		const store = new S3Store(`s3://${BUCKET}/other`);
		expect(Buffer.compare((await store.get("c/0")) ?? Buffer.of(), bytes)).toBe(0);
		await store.set("c/1", bytes);
		const read = await fetch(`${server?.url}/${BUCKET}/other/c/1`, { headers: SIGNED });
		expect(Buffer.compare(Buffer.from(await read.arrayBuffer()), bytes)).toBe(0);
	});

	test("a listing of several pages", async () => {
		const store = new S3Store(`s3://${BUCKET}/pages`, { page: 3 });
		const names = Array.from({ length: 10 }, (_, n) => `f${n}`);
		await Promise.all(names.map((name) => store.set(name, Uint8Array.of(1))));
		await Promise.all(names.slice(0, 5).map((name) => store.set(`d-${name}/x/y`, Uint8Array.of(1))));
		expect(await store.list("")).toEqual({ files: names, folders: names.slice(0, 5).map((name) => `d-${name}`) });
	});

	test("objects that are stored packed are unpacked, and not read in parts", async () => {
		const { gzipSync } = await import("node:zlib");
		const headers = { "content-encoding": "gzip" };
		const packed = new Uint8Array(gzipSync("hello hello hello"));
		await fetch(`${server?.url}/${BUCKET}/packed`, { method: "PUT", body: packed, headers });
		const store = new S3Store(`s3://${BUCKET}`);
		expect(Buffer.from((await store.get("packed")) ?? []).toString()).toBe("hello hello hello");
		await expect(store.getRange("packed", { offset: 2, length: 4 })).rejects.toThrow(/is stored packed \(gzip\)/);
	});

	test("a bucket that is not there", async () => {
		const store = new S3Store("s3://nobody-has-this");
		for (const call of [() => store.get("a"), () => store.set("a", Uint8Array.of(1)), () => store.list("")]) {
			await expect(call()).rejects.toMatchObject({
				code: "VOLUME",
				message: expect.stringContaining("there is no such bucket"),
			});
		}
	});

	test("requests without credentials, on demand", async () => {
		process.env["NNVOL_S3_ANONYMOUS"] = "1";
		try {
			await fetch(`${server?.url}/${BUCKET}/open`, {
				method: "PUT",
				body: "abc",
				headers: { "x-amz-acl": "public-read" },
			});
			expect(Buffer.from((await new S3Store(`s3://${BUCKET}`).get("open")) ?? []).toString()).toBe("abc");
		} finally {
			delete process.env["NNVOL_S3_ANONYMOUS"];
		}
	});
});

describe("S3 faults", () => {
	let faults: FaultServer;
	let fault: Parameters<typeof faultServer>[0] = {};
	const authorization: (string | undefined)[] = [];
	beforeAll(async () => {
		faults = await faultServer({
			fault: (n, request) => {
				authorization.push(request.headers.authorization);
				return fault?.fault?.(n, request);
			},
		});
		faults.values.set("/b/k", randomBytes(50_000));
	});
	afterAll(() => faults.close());

	async function withFaults(
		count: number,
		kind: "drop" | "cut" | "busy" | "error" | "silent" | "stall",
	): Promise<S3Store> {
		const begin = faults.log.length;
		fault = { fault: (n) => (n < begin + count ? kind : undefined) };
		process.env["AWS_ENDPOINT_URL_S3"] = faults.url;
		return new S3Store("s3://b", { ...QUICK, tries: 4 });
	}

	test.each(["drop", "cut", "busy", "error", "silent", "stall"] as const)("%s twice, then well", async (kind) => {
		const store = await withFaults(2, kind);
		expect(Buffer.compare((await store.get("k")) ?? Buffer.of(), faults.values.get("/b/k") ?? Buffer.of())).toBe(0);
		const ranged = await withFaults(2, kind);
		const part = await ranged.getRange("k", { offset: 7, length: 30_000 });
		expect(Buffer.compare(part ?? Buffer.of(), faults.values.get("/b/k")?.subarray(7, 30_007) ?? Buffer.of())).toBe(0);
	});

	test("for ever is an error that says so", async () => {
		const store = await withFaults(1000, "busy");
		await expect(store.get("k")).rejects.toThrow(
			/^s3:\/\/b\/k: cannot read: HTTP 503 .*server is busy.*\(tried 4 times\)$/,
		);
	});

	test("denied without credentials says why it was not signed", async () => {
		process.env["NNVOL_S3_ANONYMOUS"] = "1";
		try {
			const store = await withFaults(0, "busy");
			fault = { fault: () => ({ status: 403 }) };
			await expect(store.get("k")).rejects.toThrow(
				/HTTP 403 .*not signed: NNVOL_S3_ANONYMOUS=1 was given.*access is denied/,
			);
			expect(authorization.at(-1)).toBeUndefined();
			expect(authorization.at(0)).toMatch(/^AWS4-HMAC-SHA256 Credential=testing/);
		} finally {
			delete process.env["NNVOL_S3_ANONYMOUS"];
		}
	});
});
