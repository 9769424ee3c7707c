import MartletGateway

/// A script, and what is left of the path of a request behind its name.
struct Script: Sendable {
    /// Absolute: what is executed, and SCRIPT_FILENAME.
    let path: [UInt8]
    /// The folder that it lies in, open.
    let folder: OwnedDescriptor
    /// How many bytes of the request's path, as it was sent, name the script.
    let nameLength: Int
    /// The rest of it, decoded: empty, or it begins with a slash.
    let pathInfo: [UInt8]
    /// What the rest would be as a file: DOCUMENT_ROOT and it. Nil where it leads out of the folder, or there is none.
    let pathTranslated: [UInt8]?
    let documentRoot: [UInt8]
}
