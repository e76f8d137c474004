exports.handler = async () => ({ said: "it works" });
