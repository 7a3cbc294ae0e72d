import { sep } from "node:path";
import { describe, expect, test } from "vitest";
import { withoutSecrets } from "../../../src/volume/stores/location.ts";
import {
	baseOf,
	isRemote,
	joinPath,
	openStore,
	parentOf,
	plainPath,
	storeParts,
} from "../../../src/volume/stores/open-store.ts";

describe("paths that may be URLs", () => {
	test.each([
		["s3://b/a/x.zarr/", "s3://b/a/x.zarr"],
		["zarr://s3://b/x", "s3://b/x"],
		["zarr2://https://h/x.zarr//?t=1#f", "https://h/x.zarr?t=1"],
		["n5://gs://b/x", "gs://b/x"],
		["precomputed://./x", "./x"],
		["file:///data/x.zarr", `${sep}data${sep}x.zarr`],
		["/data/x.zarr", "/data/x.zarr"],
		["C:\\data\\x.zarr", "C:\\data\\x.zarr"],
		["HTTP://h/x", "HTTP://h/x"],
	])("%s is %s", (path, plain) => {
		expect(plainPath(path)).toBe(plain);
	});

	test("what is remote", () => {
		for (const path of ["s3://b/x", "gs://b/x", "http://h", "HTTPS://h/x", "ftp://h/x", "zarr://s3://b/x"]) {
			expect(isRemote(path), path).toBe(true);
		}
		for (const path of ["x", "/x", "C:\\x", "c:/x", "file:///x", "zarr:///x", "a:b", "s3:/b"])
			expect(isRemote(path), path).toBe(false);
	});

	test("parts", () => {
		expect(storeParts("s3://b/a//x y?z/")).toEqual({ scheme: "s3", host: "b", path: "a/x y?z", query: "" });
		expect(storeParts("gs://b")).toEqual({ scheme: "gs", host: "b", path: "", query: "" });
		expect(storeParts("HTTPS://h:8/a/x?q=1#f")).toEqual({ scheme: "https", host: "h:8", path: "a/x", query: "?q=1" });
		expect(storeParts("zarr://a/x")).toEqual({ scheme: "file", path: "a/x" });
	});

	test("joined, taken apart, named", () => {
		expect(joinPath("s3://b/x", "c/0", "1")).toBe("s3://b/x/c/0/1");
		expect(joinPath("https://h/x?q=1", "a/b")).toBe("https://h/x/a/b?q=1");
		expect(joinPath("s3://b", "")).toBe("s3://b");
		expect(joinPath("/x", "a/b")).toBe(["", "x", "a", "b"].join(sep));
		expect(baseOf("https://h/a/x.zarr/?q=a/b")).toBe("x.zarr");
		expect(baseOf("s3://bucket")).toBe("bucket");
		expect(baseOf("/a/x.h5")).toBe("x.h5");
		expect(parentOf("https://h/a/x.zarr?q=1")).toBe("https://h/a?q=1");
		expect(parentOf("s3://b/x")).toBe("s3://b");
		expect(parentOf("s3://b")).toBe("s3://b");
		expect(parentOf("/a/x")).toBe("/a");
	});

	test("secrets are not shown", () => {
		expect(withoutSecrets("https://me:word@h/x?token=1")).toBe("https://h/x");
		expect(withoutSecrets("s3://b/a@b?c")).toBe("s3://b/a@b?c");
		expect(withoutSecrets("/a?b")).toBe("/a?b");
	});

	test("places that are not built, or name nothing", async () => {
		await expect(openStore("ftp://h/x")).rejects.toMatchObject({
			code: "UNBUILT",
			message: expect.stringMatching(/ftp:\/\/ are not built/),
		});
		await expect(openStore("s3:///x")).rejects.toMatchObject({
			code: "INPUT",
			message: expect.stringMatching(/names no bucket/),
		});
		await expect(openStore("http://")).rejects.toMatchObject({ code: "INPUT" });
	});
});
