/** What of the engine's `WebAssembly` the kernels use: the library of types for browsers has it, the one for Node.js has not. */
declare namespace WebAssembly {
	class Memory {
		constructor(descriptor: { readonly initial: number; readonly maximum?: number; readonly shared?: boolean });
		readonly buffer: ArrayBuffer;
		grow(pages: number): number;
	}
	class Module {
		constructor(bytes: Uint8Array);
	}
	class Instance {
		constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
		readonly exports: Readonly<Record<string, unknown>>;
	}
}
