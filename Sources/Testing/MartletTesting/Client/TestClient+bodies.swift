public import HTTPTypes

extension TestClient {
    /// Sends a value as JSON.
    @discardableResult
    public func post(
        _ target: String,
        json value: some Encodable,
        headers: [(HTTPField.Name, String)] = []
    ) async throws -> TestResponse {
        try await send(TestRequest.json(.post, target, value, headers: headers))
    }

    /// Sends a value as JSON.
    @discardableResult
    public func put(
        _ target: String,
        json value: some Encodable,
        headers: [(HTTPField.Name, String)] = []
    ) async throws -> TestResponse {
        try await send(TestRequest.json(.put, target, value, headers: headers))
    }

    /// Sends a form, and files with it: `client.post("/photos", form: ["title": "Sea"], files: [TestFile("photo", fileName: "sea.txt", "…")])`.
    @discardableResult
    public func post(
        _ target: String,
        form: KeyValuePairs<String, String>,
        files: [TestFile] = [],
        headers: [(HTTPField.Name, String)] = []
    ) async throws -> TestResponse {
        try await send(TestRequest.form(.post, target, form, files: files, headers: headers))
    }
}
