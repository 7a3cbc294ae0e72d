import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ownText } from "../../../src/run/claims/claim-text.ts";
import { openClaims } from "../../../src/run/claims/claims.ts";
import { ExclusiveClaims } from "../../../src/run/claims/exclusive-claims.ts";
import { FolderPlace } from "../../../src/run/claims/folder-place.ts";
import { marksInStore } from "../../../src/run/claims/mark-places.ts";
import { Marks } from "../../../src/run/claims/marks.ts";
import { StorePlace } from "../../../src/run/claims/store-place.ts";
import { openStore } from "../../../src/volume/stores/open-store.ts";
import { type ConditionalStore, isConditional, type KeyStore } from "../../../src/volume/stores/store.ts";
import { startGsServer } from "../../volume/stores/gs-server.ts";
import { MemoryStore } from "../../volume/stores/memory-store.ts";
import { startGs, startS3, type TestServer } from "../../volume/stores/servers.ts";
import { claimConformance, type Subject } from "./conformance.ts";

/** Never silent by its own account, and never heard of. */
const STILL = { silence: 0, note: () => undefined, end: async () => undefined };

const before = { ...process.env };
const s3: TestServer | undefined = await startS3("claims");
const emulator: TestServer | undefined = await startGs("claims");
afterAll(async () => {
	process.env = before;
	await s3?.stop();
	await emulator?.stop();
});

claimConformance("claims in a folder", async () => {
	const root = await mkdtemp(join(tmpdir(), "nnvol-claims-"));
	return {
		open: (folder, options) => openClaims(join(root, folder), options),
		openSilent: async (folder, { worker, lease }) => {
			const own = ownText(worker, lease);
			return new ExclusiveClaims(new FolderPlace(join(root, folder), own, () => undefined), own, STILL);
		},
		put: async (folder, name, text) => {
			await mkdir(join(root, folder), { recursive: true });
			await writeFile(join(root, folder, name), text);
		},
		names: (folder) => readdir(join(root, folder)),
		shortLease: 3000,
		stop: () => rm(root, { recursive: true }),
	};
});

claimConformance("claims in a store in memory", async () => {
	const stores = new Map<string, MemoryStore>();
	const storeOf = (folder: string) => {
		const store = stores.get(folder) ?? new MemoryStore(folder);
		stores.set(folder, store);
		return store;
	};
	return {
		open: async (folder, { worker, lease, exclusive }) => {
			const own = ownText(worker, lease);
			if (!exclusive) return new Marks(marksInStore(storeOf(folder)), own);
			const place = new StorePlace(storeOf(folder), own, () => undefined);
			await place.check();
			const timer = setInterval(() => void place.renew(), lease / 4);
			return new ExclusiveClaims(place, own, { ...STILL, end: async () => clearInterval(timer) });
		},
		openSilent: async (folder, options) => silentIn(storeOf(folder), options),
		put: (folder, name, text) => storeOf(folder).set(name, Buffer.from(text)),
		names: async (folder) => (await storeOf(folder).list()).files,
		shortLease: 2000,
	};
});

describe.skipIf(s3 === undefined)("S3 by moto", () => {
	claimConformance("claims in S3", async () => {
		const variables = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing", AWS_REGION: "us-east-1" };
		Object.assign(process.env, variables, { AWS_ENDPOINT_URL_S3: s3?.url ?? "" });
		return { ...inBucket("s3://claims/run"), isAtomic: false };
	});
});

describe("Google Cloud Storage", () => {
	claimConformance("claims in Google Cloud Storage", async () => {
		const server = await startGsServer();
		process.env["STORAGE_EMULATOR_HOST"] = server.url;
		return { ...inBucket("gs://claims/run"), stop: server.stop };
	});

	test.skipIf(emulator === undefined)("a server that takes every condition for true is refused", async () => {
		process.env["STORAGE_EMULATOR_HOST"] = emulator?.url ?? "";
		const options = { worker: "a", lease: 60_000, exclusive: true };
		await expect(openClaims("gs://claims/run", options)).rejects.toMatchObject({
			code: "UNBUILT",
			message: expect.stringMatching(/gs:\/\/claims\/run: the server knows no conditional writes .* without --claims/),
		});
		const marks = await openClaims("gs://claims/run", { ...options, exclusive: false });
		expect((await marks.take("x"))?.deaths).toBe(0);
		await marks.close();
		expect(await (await openStore("gs://claims/run")).list("")).toEqual({ files: [], folders: [] });
	});
});

test("a plain web server is refused", async () => {
	const options = { worker: "a", lease: 60_000, exclusive: true };
	await expect(openClaims("http://user:secret@127.0.0.1:1/x", options)).rejects.toMatchObject({
		code: "UNBUILT",
		message: "http://127.0.0.1:1/x: work cannot be claimed there; name a folder, s3:// or gs://",
	});
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("a lease of %d is refused", async (lease) => {
	await expect(openClaims(tmpdir(), { worker: "a", lease, exclusive: true })).rejects.toMatchObject({ code: "RUN" });
});

/** Dates of buckets are whole seconds. */
function inBucket(root: string): Subject {
	return {
		open: (folder, options) => openClaims(`${root}/${folder}`, options),
		openSilent: async (folder, options) => silentIn(conditional(await openStore(`${root}/${folder}`)), options),
		put: async (folder, name, text) => (await openStore(`${root}/${folder}`)).set(name, Buffer.from(text)),
		names: async (folder) => (await (await openStore(`${root}/${folder}`)).list("")).files,
		shortLease: 3000,
	};
}

function silentIn(store: ConditionalStore, { worker, lease }: { worker: string; lease: number }): ExclusiveClaims {
	const own = ownText(worker, lease);
	return new ExclusiveClaims(new StorePlace(store, own, () => undefined), own, STILL);
}

function conditional(store: KeyStore): ConditionalStore {
	if (!isConditional(store)) throw new Error("expected a store with conditions");
	return store;
}
