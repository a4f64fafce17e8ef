// @ts-check
/** All words of the page, by view. Words in a function depend on numbers. */

/** @param {number} share 0 to 1 */
export const percent = (share) => {
  const value = 100 * share;
  return `${value >= 99.95 && share < 1 ? "> 99.9" : value.toFixed(1)} %`;
};

export const words = {
  app: {
    name: "byhand",
    title: "laboratory",
    loading: "Loading the network …",
    failed: "The laboratory could not be loaded.",
    failedHelp: "Is the server still running? Start it again with “byhand lab”, then reload.",
    reload: "Reload",
    gone: "The server does not answer. Drawing goes on working; reading rows and examples do not.",
    restarted: "The server was started anew, perhaps with another model.",
    skip: "Skip to the drawing pad",
    views: "Views",
    workspace: "Drawing and answer",
    share: "Copy link",
    shared: "Link copied",
    shareFailed: "Copy the address from the browser",
    shareHelp: "A link to this drawing, this layer and this unit",
    /** @param {string} theme */
    theme: (theme) => `Colours: ${theme === "auto" ? "as the system’s" : theme}`,
    /** @param {number} height @param {number} width @param {number} classes */
    model: (height, width, classes) => `${height} × ${width} pixels, ${classes} classes`,
  },
  views: {
    draw: "What it sees",
    several: "Several at once",
    forward: "Forward",
    backward: "Backward",
    spoke: "For and against",
    break: "Break it",
  },
};
