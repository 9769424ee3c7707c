import Synchronization

/// A list that a template has made. Whoever has it sees what is appended, as in Python.
///
/// Only one thread renders with it; the lock is there because a function of the program might keep it.
public final class TemplateList: Sendable {
    private let storage: Mutex<[TemplateValue]>

    public init(_ elements: [TemplateValue] = []) { storage = Mutex(elements) }

    public var elements: [TemplateValue] { storage.withLock { $0 } }

    func change<Result: Sendable>(_ body: (inout sending [TemplateValue]) throws -> sending Result) rethrows -> Result {
        try storage.withLock(body)
    }
}

/// A dictionary that a template has made, with `{…}` or `dict(…)`.
public final class TemplateMap: Sendable {
    private let storage: Mutex<TemplateDictionary>

    public init(_ dictionary: TemplateDictionary = TemplateDictionary()) { storage = Mutex(dictionary) }

    public var dictionary: TemplateDictionary { storage.withLock { $0 } }

    func change<Result: Sendable>(_ body: (inout sending TemplateDictionary) throws -> sending Result) rethrows
        -> Result
    {
        try storage.withLock(body)
    }
}
