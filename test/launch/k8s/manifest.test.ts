import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { jobsOf } from "../../../src/launch/k8s/jobs.ts";
import { manifestText } from "../../../src/launch/k8s/manifest.ts";
import type { ManifestSettings } from "../../../src/launch/k8s/settings.ts";
import { findShard } from "../../../src/launch/shard.ts";
import { nnvol } from "../../cli/command.ts";
import { faultsOf, validateByPython } from "./schema.ts";

const PLAIN: ManifestSettings = {
	plan: "s3://bucket/run/job.json",
	image: "registry/nnvol:0.1.0",
	tasks: 8,
	parallelism: 4,
	name: "nnvol",
	gpus: 0,
	cpu: "4",
	memory: "16Gi",
	mounts: [],
	secrets: [],
	env: {},
	nodeSelector: {},
	user: { uid: 1000, gid: 1000 },
	retries: 3,
	grace: 120,
	claims: false,
};

const FULL: ManifestSettings = {
	...PLAIN,
	plan: "/data/run/job.json",
	namespace: "seg",
	gpus: 1,
	cpu: "2500m",
	scratch: "50Gi",
	mounts: [
		{ claim: "volumes", path: "/data", readOnly: false },
		{ claim: "volumes", path: "/raw", readOnly: true },
		{ claim: "models", path: "/models", readOnly: true },
	],
	secrets: ["s3-credentials"],
	env: { AWS_ENDPOINT_URL_S3: "https://minio:9000", SWITCH: "on", NUMBER: "0123", DOLLAR: "$(NUMBER)" },
	serviceAccount: "worker",
	nodeSelector: { "cloud.google.com/gke-accelerator": "nvidia-l4" },
	claims: true,
};

/** What of a Job's pod the tests look at. */
const Pod = z.object({
	restartPolicy: z.string(),
	volumes: z.array(z.looseObject({ name: z.string() })).default([]),
	containers: z.array(
		z.looseObject({
			name: z.string(),
			args: z.array(z.string()),
			env: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
			volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
			resources: z.object({
				limits: z.record(z.string(), z.unknown()),
				requests: z.record(z.string(), z.unknown()),
			}),
		}),
	),
});
const Job = z.object({
	metadata: z.looseObject({ name: z.string() }),
	spec: z.looseObject({
		completions: z.int(),
		parallelism: z.int(),
		podFailurePolicy: z.object({ rules: z.array(z.looseObject({ action: z.string() })) }),
		template: z.object({ spec: Pod }),
	}),
});

async function documentsOf(settings: ManifestSettings): Promise<unknown[]> {
	// as Kubernetes' reader takes YAML
	const documents = parseAllDocuments(await manifestText(settings), { version: "1.1" });
	return documents.map((document) => {
		expect(document.errors).toEqual([]);
		return document.toJS();
	});
}

const argsOf = (job: unknown) => Job.parse(job).spec.template.spec.containers[0]!.args;

describe("the manifest", () => {
	it.each([
		["with the least", PLAIN],
		["with everything", FULL],
	])("%s: two Jobs by Kubernetes' schema", async (_name, settings) => {
		const documents = await documentsOf(settings);
		expect(documents).toEqual(jobsOf(settings));
		expect(documents.map(faultsOf)).toEqual([[], []]);
	});

	it("is taken by kubernetes-validate, which refuses a misspelt key and a wrong type", async () => {
		const text = await manifestText(FULL);
		const said = await validateByPython(text);
		if (said === undefined) return;
		expect(said).toMatchObject({ ok: true, said: expect.stringMatching(/nnvol-finish/) });
		for (const [from, to] of MISTAKES.slice(0, 2)) {
			expect(text).toContain(from);
			expect(await validateByPython(text.replace(from, to))).toMatchObject({ ok: false });
		}
	}, 300_000);

	const MISTAKES = [
		["backoffLimitPerIndex: 3", "backoffLimitPerIndx: 3"],
		["completions: 8", "completions: eight"],
		["mountPath:", "mountpath:"],
		["action: FailIndex", "action: [FailIndex]"],
		["containerName: nnvol", "container: nnvol"],
	] as const;

	it.each(MISTAKES)("the schema refuses a mistake: %s for %s", async (from, to) => {
		const text = await manifestText(FULL);
		expect(text).toContain(from);
		const [first] = parseAllDocuments(text.replace(from, to)).map((document) => document.toJS());
		expect(faultsOf(first)).not.toEqual([]);
	});

	it("starts workers whose shares are those of the indexes", async () => {
		const [workers, finish] = await documentsOf(FULL);
		expect(argsOf(workers)).toEqual(
			"work --plan /data/run/job.json --shard auto/8 --device cuda:0 --threads 2 --claims".split(" "),
		);
		expect(argsOf(finish)).toEqual(["finish", "--plan", "/data/run/job.json"]);
		const said = argsOf(workers)[4];
		const shares = Array.from({ length: 8 }, (_, i) => findShard({ JOB_COMPLETION_INDEX: `${i}` }, said).index);
		expect(shares).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
		expect(workers).toMatchObject({ spec: { completionMode: "Indexed", completions: 8, parallelism: 4 } });
		expect(finish).toMatchObject({ spec: { suspend: true } });
	});

	it("gives cards to workers only, and takes none where none is asked for", async () => {
		const cards = (job: unknown) => Job.parse(job).spec.template.spec.containers[0]!.resources.limits["nvidia.com/gpu"];
		expect((await documentsOf(FULL)).map(cards)).toEqual([1, undefined]);
		expect((await documentsOf(PLAIN)).map(cards)).toEqual([undefined, undefined]);
		expect(argsOf((await documentsOf(PLAIN))[0])).toContain("cpu");
	});

	it("does not count what the cluster takes away, and does not try again what is wrong", async () => {
		const [workers, finish] = (await documentsOf(PLAIN)).map((job) => Job.parse(job).spec.podFailurePolicy.rules);
		expect(workers).toMatchObject([
			{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
			{ action: "Ignore", onExitCodes: { values: [130] } },
			{ action: "FailIndex", onExitCodes: { values: [2] } },
		]);
		expect(finish).toMatchObject([{ action: "Ignore" }, { action: "Ignore" }, { action: "FailJob" }]);
	});

	it("keeps texts as texts, and dollars as dollars", async () => {
		const [workers] = await documentsOf(FULL);
		const { env } = Job.parse(workers).spec.template.spec.containers[0]!;
		expect(Object.fromEntries(env.map(({ name, value }) => [name, value]))).toMatchObject({
			SWITCH: "on",
			NUMBER: "0123",
			DOLLAR: "$$(NUMBER)",
			NNVOL_SCRATCH: "/scratch",
		});
	});
});

describe("a manifest that no cluster would take", () => {
	it.each<[string, Partial<ManifestSettings>, RegExp]>([
		["no task", { tasks: 0 }, /--tasks 0: expected a whole number from 1/],
		["too many", { tasks: 100_001 }, /--tasks 100001/],
		["two cards", { gpus: 2 }, /--gpus 2: a worker uses one card/],
		["capitals", { name: "Run" }, /--name Run: expected at most 56 of a-z/],
		["a name too long for its pods", { name: "x".repeat(57) }, /at most 56/],
		["a size", { memory: "16GB" }, /--memory 16GB: expected a quantity such as 4 or 16Gi/],
		["an image", { image: "" }, /--image/],
		["root", { user: { uid: 0, gid: 0 } }, /--user 0/],
		["a plan of this machine", { plan: "job.json" }, /--plan job\.json: pods see URLs and absolute paths/],
		["a plan that no pod sees", { plan: "/home/me/job.json" }, /lies below no --pvc/],
		[
			"a plan beside a mount",
			{ plan: "/data2/job.json", mounts: [{ claim: "c", path: "/data", readOnly: false }] },
			/lies below no --pvc/,
		],
		[
			"two at one place",
			{
				mounts: [
					{ claim: "a", path: "/data", readOnly: false },
					{ claim: "b", path: "/data", readOnly: false },
				],
			},
			/two volumes at \/data/,
		],
	])("%s", async (_name, part, message) => {
		await expect(manifestText({ ...PLAIN, ...part })).rejects.toThrow(message);
	});

	it("law: what is taken is valid, its pods' names fit, and every mount has its volume", async () => {
		const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?$/);
		const settings = fc.record({
			tasks: fc.integer({ min: 1, max: 120_000 }),
			parallelism: fc.integer({ min: 1, max: 12_000 }),
			name,
			gpus: fc.integer({ min: 0, max: 2 }),
			cpu: fc.constantFrom("1", "0.5", "500m", "16", "4k"),
			scratch: fc.option(fc.constantFrom("1Gi", "10T"), { nil: undefined }),
			mounts: fc.array(fc.record({ claim: name, path: fc.stringMatching(/^\/[a-z]{1,8}$/), readOnly: fc.boolean() }), {
				maxLength: 4,
			}),
			env: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/), fc.string(), { maxKeys: 4 }),
			secrets: fc.array(name, { maxLength: 2 }),
			claims: fc.boolean(),
		});
		let taken = 0;
		await fc.assert(
			fc.asyncProperty(settings, async ({ scratch, ...part }) => {
				const all = { ...PLAIN, ...part, ...(scratch === undefined ? {} : { scratch }) };
				const documents = await documentsOf(all).catch((error) => {
					expect(error).toMatchObject({ code: "CONFIG" });
					return [];
				});
				for (const document of documents) {
					taken++;
					expect(faultsOf(document)).toEqual([]);
					const { metadata, spec } = Job.parse(document);
					expect(`${metadata.name}-${spec.completions - 1}`.length).toBeLessThanOrEqual(63);
					expect(spec.parallelism).toBeLessThanOrEqual(spec.completions);
					const pod = spec.template.spec;
					const volumes = pod.volumes.map((volume) => volume.name);
					expect(new Set(volumes).size).toBe(volumes.length);
					const mounted = pod.containers.flatMap((one) => one.volumeMounts.map((mount) => mount.name));
					expect(new Set(mounted)).toEqual(new Set(volumes));
				}
			}),
			{ numRuns: 200 },
		);
		expect(taken).toBeGreaterThan(20);
	});
});

describe("nnvol k8s manifest", () => {
	const WORDS = ["k8s", "manifest", "--image", "registry/nnvol:0.1.0", "--tasks", "4"];

	it("prints what kubectl takes", async () => {
		const options =
			"--plan /data/job.json --pvc volumes:/data models:/models:ro --secret s3 --env A=b=c --gpus 1 --claims".split(
				" ",
			);
		const { code, out, err } = await nnvol(...WORDS, ...options);
		expect({ code, err }).toEqual({ code: 0, err: "" });
		const documents = parseAllDocuments(out, { version: "1.1" }).map((document) => document.toJS());
		expect(documents.map(faultsOf)).toEqual([[], []]);
		expect(Job.parse(documents[0]).spec.template.spec.containers[0]!.env).toEqual([{ name: "A", value: "b=c" }]);
		expect(documents[0]).toMatchObject({
			spec: {
				template: {
					spec: {
						containers: [
							{ envFrom: [{ secretRef: { name: "s3" } }], volumeMounts: [{ mountPath: "/data" }, { readOnly: true }] },
						],
						volumes: [
							{ persistentVolumeClaim: { claimName: "volumes" } },
							{ persistentVolumeClaim: { claimName: "models" } },
						],
					},
				},
			},
		});
	});

	it.each([
		[["--plan", "job.json"], /--plan job\.json: pods see URLs/],
		[["--plan", "s3://b/j", "--pvc", "data"], /--pvc data: expected CLAIM:\/PATH/],
		[["--plan", "s3://b/j", "--env", "A"], /--env A: expected NAME=VALUE/],
		[["--plan", "s3://b/j", "--user", "me"], /--user me: expected UID:GID/],
		[["--plan", "s3://b/j", "--gpus", "one"], /--gpus one: expected a whole number/],
		[[], /required option '--plan <place>'/],
	])("refuses %j with exit 2", async (words, message) => {
		expect(await nnvol(...WORDS, ...words)).toMatchObject({ code: 2, out: "", err: expect.stringMatching(message) });
	});
});
