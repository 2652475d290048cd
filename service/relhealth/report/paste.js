"use strict";
(() => {
  // A chosen file is read into the text field, so that one sees what is sent.
  const file = document.getElementById("file");
  const history = document.getElementById("history");
  file.addEventListener("change", async () => {
    if (file.files.length) history.value = await file.files[0].text();
  });
})();
