def handler(event, context):
    return {"said": "it works"}
