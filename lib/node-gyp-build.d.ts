declare module 'node-gyp-build' {
  /** Loads the addon of the package in `folder`: built there, or prebuilt for this system. */
  function load(folder: string): unknown;
  export = load;
}
