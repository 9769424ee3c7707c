import MartletSQLite
import MartletSessions

// session-writer PATH NAME COUNT: saves sessions under NAME-0, NAME-1, … and reads each again.

let arguments = CommandLine.arguments
guard arguments.count == 4, let count = Int(arguments[3]) else { fatalError("session-writer PATH NAME COUNT") }
let store = try SQLiteSessionStore(path: arguments[1])
for number in 0..<count {
    let key = "\(arguments[2])-\(number)"
    try await store.save(key, Array(key.utf8), expires: .max)
    guard try await store.load(key, now: 0) == Array(key.utf8) else { fatalError("\(key) is not what was saved") }
}
