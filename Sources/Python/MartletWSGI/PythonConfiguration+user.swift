internal import Glibc
internal import MartletGateway

extension PythonConfiguration {
    /// Whether its workers run as the user that this process runs as now, so that they may read what this one may.
    package var runsAsOwnUser: Bool {
        guard let user else { return true }
        guard let account = try? ProcessUser(user) else { return false }
        return account.user == geteuid() && account.group == getegid()
    }
}
