import { createPublicKey, createVerify, generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { GsStore } from "../../../src/volume/stores/gs-store.ts";
import { storeConformance } from "./conformance.ts";
import { startGsServer } from "./gs-server.ts";
import { startGs, type TestServer } from "./servers.ts";

const BUCKET = "volumes";
const QUICK = { pause: 1, longestPause: 20, silence: 2000, tries: 3 };

const before = { ...process.env };
const server: TestServer | undefined = await startGs(BUCKET);

afterAll(async () => {
	process.env = before;
	await server?.stop();
});

describe.skipIf(server === undefined)("Google Cloud Storage by an emulator", () => {
	beforeAll(() => {
		process.env["STORAGE_EMULATOR_HOST"] = server?.url ?? "";
	});

	storeConformance("gs below a prefix", async () => ({
		root: `gs://${BUCKET}/data/x.zarr`,
		canWrite: true,
		canList: true,
		canBeEmpty: false,
		keepsConditions: false,
	}));

	test("objects of others are read, and ours by others", async () => {
		const bytes = randomBytes(300_000);
		await fetch(`${server?.url}/${BUCKET}/other/c/0`, { method: "PUT", body: new Uint8Array(bytes) });
		const store = new GsStore(`gs://${BUCKET}/other`);
		expect(Buffer.compare((await store.get("c/0")) ?? Buffer.of(), bytes)).toBe(0);
		await store.set("c/1", bytes);
		const read = await fetch(`${server?.url}/${BUCKET}/other/c/1`);
		expect(Buffer.compare(Buffer.from(await read.arrayBuffer()), bytes)).toBe(0);
	});

	test("a bucket that is not there", async () => {
		const store = new GsStore("gs://nobody-has-this");
		await expect(store.set("a", Uint8Array.of(1))).rejects.toThrow(/there is no bucket nobody-has-this/);
		await expect(store.list("")).rejects.toThrow(/there is no such bucket/);
	});
});

storeConformance("gs with conditions", async () => {
	const own = await startGsServer();
	process.env["STORAGE_EMULATOR_HOST"] = own.url;
	return { root: "gs://any/data", canWrite: true, canList: true, stop: own.stop };
});

test("what is replaced again and again is looked at whole, and never taken for missing", async () => {
	const own = await startGsServer();
	process.env["STORAGE_EMULATOR_HOST"] = own.url;
	const store = new GsStore("gs://any/data");
	await store.set("k", Uint8Array.of(0));
	let isOver = false;
	const writing = (async () => {
		for (let n = 1; !isOver; n++) {
			await store.set("k", Uint8Array.of(n & 255, n >> 8));
			await pause(15 * Math.random());
		}
	})();
	for (let n = 0; n < 100; n++) expect((await store.look("k"))?.bytes.length).toBeGreaterThan(0);
	isOver = true;
	await writing;
	await own.stop();
});

/** A server that says what it was asked, and answers as told. */
async function scripted(answer: (request: IncomingMessage, body: string) => { status?: number; json: unknown }) {
	const log: { url: string; authorization: string | undefined; body: string }[] = [];
	const running = createServer((request, response) => {
		let body = "";
		request.on("data", (part) => {
			body += part;
		});
		request.on("end", () => {
			log.push({ url: request.url ?? "", authorization: request.headers.authorization, body });
			const { status = 200, json } = answer(request, body);
			response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
		});
	});
	await new Promise<void>((done) => running.listen(0, "127.0.0.1", done));
	const address = running.address();
	const url = typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "";
	return { url, log, stop: () => running.closeAllConnections() ?? running.close() };
}

describe("Google Cloud Storage by script", () => {
	let stop: (() => void) | undefined;
	let folder: string;
	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "nnvol-gs-"));
	});
	afterEach(() => stop?.());
	afterAll(() => rm(folder, { recursive: true }));

	test("a listing of several pages", async () => {
		const pages = [
			{ items: [{ name: "p/b" }], prefixes: ["p/y/"], nextPageToken: "2" },
			{ items: [{ name: "p/a" }, { name: "p/" }], nextPageToken: "3" },
			{ prefixes: ["p/x/"] },
		];
		const fake = await scripted(({ url }) => ({
			json: pages[Number(new URL(url ?? "", "http://x").searchParams.get("pageToken") ?? 1) - 1],
		}));
		stop = fake.stop;
		process.env["STORAGE_EMULATOR_HOST"] = fake.url.slice("http://".length);
		expect(await new GsStore("gs://b/p", QUICK).list("")).toEqual({ files: ["a", "b"], folders: ["x", "y"] });
		expect(fake.log.length).toBe(3);
	});

	test("bytes that changed on the way are sent again, and told in the end", async () => {
		let n = 0;
		const fake = await scripted(() => ({
			json: { md5Hash: n++ === 0 ? "AAAAAAAAAAAAAAAAAAAAAA==" : "kAFQmDzST7DWlj99KOF/cg==" },
		}));
		stop = fake.stop;
		process.env["STORAGE_EMULATOR_HOST"] = fake.url;
		await new GsStore("gs://b", QUICK).set("k", Buffer.from("abc"));
		expect(fake.log.map(({ body }) => body)).toEqual(["abc", "abc"]);
		await expect(new GsStore("gs://b", QUICK).set("k", Buffer.from("abcd"))).rejects.toThrow(
			/gs:\/\/b\/k: the server has other bytes/,
		);
	});

	test("an answer of something else", async () => {
		const fake = await scripted(() => ({ json: [1] }));
		stop = fake.stop;
		process.env["STORAGE_EMULATOR_HOST"] = fake.url;
		await expect(new GsStore("gs://b", QUICK).list("")).rejects.toThrow(/not that of Google Cloud Storage/);
	});

	describe("credentials", () => {
		/** The token that a source gives, by the first request that a store would send to Google. */
		async function headersBy(variables: Record<string, string>): Promise<Readonly<Record<string, string>>> {
			const { findCredentials } = await import("../../../src/volume/stores/gs-credentials.ts");
			const { TokenKeeper } = await import("../../../src/volume/stores/gs-token.ts");
			const { tuningOf } = await import("../../../src/volume/stores/tuning.ts");
			for (const name of ["GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_ACCESS_TOKEN"]) delete process.env[name];
			Object.assign(
				process.env,
				{ CLOUDSDK_CONFIG: join(folder, "none"), GCE_METADATA_HOST: "127.0.0.1:9" },
				variables,
			);
			const keeper = new TokenKeeper(await findCredentials(tuningOf(QUICK)));
			const [first] = await Promise.all([keeper.headers(), keeper.headers()]);
			return first;
		}

		async function credentials(content: unknown): Promise<Record<string, string>> {
			const path = join(folder, "credentials.json");
			await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
			return { GOOGLE_APPLICATION_CREDENTIALS: path };
		}

		test("a token that is given", async () => {
			expect(await headersBy({ CLOUDSDK_AUTH_ACCESS_TOKEN: "abc" })).toEqual({ authorization: "Bearer abc" });
		});

		test("none anywhere", async () => {
			expect(await headersBy({})).toEqual({});
		});

		test("the metadata server", async () => {
			const fake = await scripted(({ headers, url }) => ({
				status: headers["metadata-flavor"] === "Google" && url?.endsWith("/default/token") ? 200 : 403,
				json: { access_token: "machine", expires_in: 3599, token_type: "Bearer" },
			}));
			stop = fake.stop;
			expect(await headersBy({ GCE_METADATA_HOST: fake.url.slice(7) })).toEqual({ authorization: "Bearer machine" });
			expect(fake.log.length).toBe(1);
		});

		test("a user's refresh token", async () => {
			const fake = await scripted(() => ({ json: { access_token: "user", expires_in: 3599 } }));
			stop = fake.stop;
			const user = { type: "authorized_user", client_id: "id", client_secret: "secret", refresh_token: "fresh" };
			const variables = await credentials({ ...user, token_uri: fake.url });
			expect(await headersBy(variables)).toEqual({ authorization: "Bearer user" });
			expect(Object.fromEntries(new URLSearchParams(fake.log[0]?.body))).toEqual({
				grant_type: "refresh_token",
				client_id: "id",
				client_secret: "secret",
				refresh_token: "fresh",
			});
		});

		test("a service account's signed statement", async () => {
			const fake = await scripted(() => ({ json: { access_token: "service" } }));
			stop = fake.stop;
			const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
			const variables = await credentials({
				type: "service_account",
				client_email: "me@project.iam",
				private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
				token_uri: fake.url,
			});
			expect(await headersBy(variables)).toEqual({ authorization: "Bearer service" });
			const statement = new URLSearchParams(fake.log[0]?.body).get("assertion") ?? "";
			const [header = "", body = "", signature = ""] = statement.split(".");
			expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ alg: "RS256", typ: "JWT" });
			expect(JSON.parse(Buffer.from(body, "base64url").toString())).toMatchObject({
				iss: "me@project.iam",
				aud: fake.url,
			});
			const verify = createVerify("RSA-SHA256").update(`${header}.${body}`);
			expect(
				verify.verify(createPublicKey(publicKey.export({ type: "spki", format: "pem" })), signature, "base64url"),
			).toBe(true);
		});

		test.each([
			["not json", "CONFIG", /expected credentials of Google/],
			[{ type: "external_account" }, "UNBUILT", /external_account are not built; set CLOUDSDK_AUTH_ACCESS_TOKEN/],
			[{ type: "service_account", client_email: "a", private_key: "no key" }, "CONFIG", /private key cannot be used/],
		])("%j is refused", async (content, code, message) => {
			await expect(credentials(content).then(headersBy)).rejects.toMatchObject({
				code,
				message: expect.stringMatching(message),
			});
		});

		test("a file that is not there", async () => {
			const variables = { GOOGLE_APPLICATION_CREDENTIALS: join(folder, "missing.json") };
			await expect(headersBy(variables)).rejects.toMatchObject({ code: "CONFIG" });
		});
	});
});
