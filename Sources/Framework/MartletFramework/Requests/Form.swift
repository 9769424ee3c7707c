public import MartletForms

/// A form that was sent: its values by name, and its files.
///
///     let form = try await request.form()
///     let title = try form.require("title")
///     try await form.file("photo").save(to: "photos/\(id).jpg")
public struct Form: Sendable {
    /// Every control but files, in the order they came.
    public let values: MultiValues
    /// In the order they came. A file control in which none was chosen is not among them.
    public let files: [UploadedFile]
    /// Whether it was sent as multipart/form-data.
    let isMultipart: Bool

    /// The first value of a name; nil if there is none.
    public subscript(name: String) -> String? { values[name] }

    /// The first value of a name as another type; nil if there is none, or it was left empty.
    ///
    /// - Throws: 400 with what is wrong.
    public subscript<Value: FormConvertible>(name: String, as type: Value.Type) -> Value? {
        get throws { try values[name, as: type] }
    }

    /// The first value of a name as another type.
    ///
    /// - Throws: 400 with what is missing or wrong.
    public func require<Value: FormConvertible>(_ name: String, as type: Value.Type = String.self) throws -> Value {
        try values.require(name, as: type)
    }

    /// The values as one of a type whose properties are their names (`FormDecoder`).
    ///
    /// - Throws: 400 with the value that is wrong.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try FormDecoder().decode(type, from: values)
    }

    /// The first file of a name.
    ///
    /// - Throws: 400; in development with why there may be none, such as a form without `enctype`.
    public func file(_ name: String) throws -> UploadedFile {
        if let file = files.first(where: { $0.name == name }) { return file }
        throw MissingFile(name: name, text: values[name], isMultipart: isMultipart, others: files.map(\.name))
    }

    /// Every file of a name: `<input type="file" multiple>`.
    public func files(_ name: String) -> [UploadedFile] { files.filter { $0.name == name } }
}
