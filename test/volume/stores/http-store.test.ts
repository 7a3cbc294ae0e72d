import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { HttpStore } from "../../../src/volume/stores/http-store.ts";
import { storeConformance } from "./conformance.ts";
import { type Behaviour, type FaultServer, faultServer } from "./fault-server.ts";

const QUICK = { pause: 1, longestPause: 20, silence: 300 };
const BYTES = Uint8Array.from({ length: 100_000 }, (_, n) => (n * 31) % 251);

function conformance(name: string, behaviour: Behaviour): void {
	storeConformance(name, async () => {
		const server = await faultServer(behaviour);
		return {
			root: `${server.url}/data/x.zarr`,
			put: async (key, bytes) => void server.values.set(`/data/x.zarr/${key}`, bytes),
			canWrite: false,
			canList: false,
			stop: server.close,
		};
	});
}

conformance("http", {});
conformance("http without ranges", { ignoresRanges: true });
conformance("http without ranges and lengths", { ignoresRanges: true, hidesLength: true });
conformance("http without lengths", { hidesLength: true });
conformance("http that loses every tenth request", { fault: (n) => (n % 10 === 3 ? "drop" : undefined) });
conformance("http that cuts and refuses", { fault: (n) => (["cut", undefined, "busy", undefined] as const)[n % 4] });

async function withServer(behaviour: Behaviour, action: (server: FaultServer) => Promise<void>): Promise<void> {
	const server = await faultServer(behaviour);
	server.values.set("/a/b", BYTES);
	try {
		await action(server);
	} finally {
		await server.close();
	}
}

describe("http faults", () => {
	test.each(["drop", "cut", "busy", "throttle", "error", "silent", "stall"] as const)(
		"%s twice, then well",
		async (fault) => {
			await withServer({ fault: (n) => (n < 2 ? fault : undefined) }, async (server) => {
				const store = new HttpStore(server.url, QUICK);
				expect(Buffer.compare((await store.get("a/b")) ?? Buffer.of(), BYTES)).toBe(0);
				expect(server.log.length).toBe(3);
				const part = await store.getRange("a/b", { offset: 5, length: 50_000 });
				expect(Buffer.compare(part ?? Buffer.of(), BYTES.subarray(5, 50_005))).toBe(0);
			});
		},
	);

	test.each([
		["busy", /b: cannot read: HTTP 503 \(slow down\): .* \(tried 4 times\)/],
		["error", /HTTP 500: the server failed; run again later/],
		["silent", /the server is silent/],
		["drop", /the connection was lost/],
		["cut", /the connection was lost|answer ends after/],
	] as const)("%s for ever is an error that says so", async (fault, message) => {
		await withServer({ fault: () => fault }, async (server) => {
			const store = new HttpStore(server.url, { ...QUICK, tries: 4, silence: fault === "silent" ? 60 : 10_000 });
			await expect(store.get("a/b")).rejects.toMatchObject({
				code: "VOLUME",
				transient: true,
				message: expect.stringMatching(message),
			});
			expect(server.log.length).toBe(4);
		});
	});

	test.each([400, 401, 403, 405, 501])("HTTP %i is told at once", async (status) => {
		await withServer({ fault: () => ({ status }) }, async (server) => {
			const store = new HttpStore(server.url, QUICK);
			await expect(store.get("a/b")).rejects.toMatchObject({ code: "VOLUME", transient: false, fields: { status } });
			expect(server.log.length).toBe(1);
		});
	});

	test("Retry-After is waited for, and not longer than is sensible", async () => {
		const wait = (seconds: string) => ({ status: 429, headers: { "retry-after": seconds } });
		await withServer({ fault: (n) => (n === 0 ? wait("0.05") : undefined) }, async (server) => {
			await new HttpStore(server.url, { ...QUICK, longestPause: 1000 }).get("a/b");
			expect(server.log.length).toBe(2);
		});
		await withServer({ fault: () => wait("7200") }, async (server) => {
			await expect(new HttpStore(server.url, QUICK).get("a/b")).rejects.toMatchObject({
				fields: { status: 429, retryAfter: 7_200_000 },
			});
			expect(server.log.length).toBe(1);
		});
	});

	test("so many requests at once and no more", async () => {
		await withServer({}, async (server) => {
			const store = new HttpStore(server.url, { ...QUICK, perHost: 3 });
			await Promise.all(Array.from({ length: 30 }, () => store.getRange("a/b", { offset: 0, length: 10 })));
			expect(server.most()).toBe(3);
		});
	});

	test("an interrupted request ends", async () => {
		await withServer({ fault: () => "stall" }, async (server) => {
			const controller = new AbortController();
			const reading = new HttpStore(server.url, { ...QUICK, silence: 60_000 }).get("a/b", {
				signal: controller.signal,
			});
			setTimeout(() => controller.abort(), 30);
			await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
		});
	});

	test("of a value without ranges no more is read than is needed", async () => {
		await withServer({ ignoresRanges: true }, async (server) => {
			server.values.set("/huge", new Uint8Array(1 << 27));
			const part = await new HttpStore(server.url, QUICK).getRange("huge", { offset: 10, length: 4 });
			expect(part?.length).toBe(4);
		});
	});

	test("a part from another place is refused", async () => {
		const wrong = { status: 206, headers: { "content-range": "bytes 0-3/100000" }, body: "abcd" };
		await withServer({ fault: () => wrong }, async (server) => {
			await expect(new HttpStore(server.url, QUICK).getRange("a/b", { offset: 8, length: 4 })).rejects.toThrow(
				/expected bytes from 8, the server sent those from 0/,
			);
		});
	});

	test("redirects are followed, with the range", async () => {
		await withServer(
			{ fault: (_, { url }) => (url === "/old" ? { status: 302, headers: { location: "/a/b" } } : undefined) },
			async (server) => {
				const part = await new HttpStore(server.url, QUICK).getRange("old", { suffixLength: 3 });
				expect([...(part ?? [])]).toEqual([...BYTES.subarray(-3)]);
				expect(server.log).toEqual(["GET /old bytes=-3", "GET /a/b bytes=-3"]);
			},
		);
	});

	test("credentials are not taken to another host, and circles end", async () => {
		await withServer({}, async (other) => {
			const seen: (string | undefined)[] = [];
			const away = { status: 307, headers: { location: `${other.url}/a/b` } };
			const circle = { status: 301, headers: { location: "/circle" } };
			await withServer(
				{
					fault: (_, { url, headers }) => {
						seen.push(headers.authorization);
						return url === "/away" ? away : circle;
					},
				},
				async (server) => {
					const store = new HttpStore(`http://me:word@${server.url.slice(7)}`, QUICK);
					expect((await store.get("away"))?.length).toBe(BYTES.length);
					expect(seen[0]).toMatch(/^Basic /);
					expect(other.secrets).toEqual([undefined]);
					await expect(store.get("circle")).rejects.toMatchObject({ fields: { status: 301 } });
				},
			);
		});
	});

	test("values that are kept packed are unpacked, and not read in parts", async () => {
		const packed = gzipSync(BYTES);
		const headers = { "content-encoding": "gzip", "content-length": String(packed.length) };
		let status = 200;
		let body = packed;
		await withServer({ fault: () => ({ status, headers, body }) }, async (server) => {
			const store = new HttpStore(server.url, { ...QUICK, tries: 2 });
			expect(Buffer.compare((await store.get("k")) ?? Buffer.of(), BYTES)).toBe(0);
			const part = await store.getRange("k", { offset: 100, length: 50 });
			expect(Buffer.compare(part ?? Buffer.of(), BYTES.subarray(100, 150))).toBe(0);
			status = 206;
			await expect(store.getRange("k", { offset: 2, length: 4 })).rejects.toThrow(/is stored packed \(gzip\)/);
			status = 200;
			body = packed.subarray(0, 50);
			headers["content-length"] = "50";
			await expect(store.get("k")).rejects.toMatchObject({ code: "VOLUME", transient: true });
		});
	});

	test("the query goes along and stays out of messages; so do user and password", async () => {
		await withServer(
			{ fault: (_, { headers }) => (headers.authorization === undefined ? { status: 401 } : undefined) },
			async (server) => {
				const place = `${server.url.slice(7)}/a?token=secret`;
				const refused = new HttpStore(`http://${place}`, QUICK).get("b");
				await expect(refused).rejects.toThrow(/^http:\/\/[\d.:]+\/a\/b: cannot read: HTTP 401: it wants credentials/);
				const store = new HttpStore(`http://me:pass%3Aword@${place}`, QUICK);
				expect((await store.get("b"))?.length).toBe(BYTES.length);
				expect(server.log.at(-1)).toBe("GET /a/b?token=secret");
			},
		);
	});

	test("no server there", async () => {
		const server = await faultServer();
		await server.close();
		await expect(new HttpStore(server.url, { ...QUICK, tries: 2 }).get("a")).rejects.toMatchObject({
			code: "VOLUME",
			transient: true,
			message: expect.stringContaining("the host refuses the connection"),
		});
	});

	test("a bucket that may not be listed may say 403 for what is missing", async () => {
		await withServer({ fault: () => ({ status: 403 }) }, async (server) => {
			const store = new HttpStore(server.url, QUICK);
			await expect(store.get("a")).rejects.toThrow(/NNVOL_FORBIDDEN_IS_MISSING=1/);
			process.env["NNVOL_FORBIDDEN_IS_MISSING"] = "1";
			try {
				expect(await store.get("a")).toBeUndefined();
			} finally {
				delete process.env["NNVOL_FORBIDDEN_IS_MISSING"];
			}
		});
	});
});
