// Runs before the first paint: without JavaScript the page hides what would do nothing.
document.documentElement.classList.remove("no-script");
