import CKernels

/// Parallel loops over blocks of work, on the pool that the kernels use.
enum Threads {
  private struct Job {
    let body: (Int) -> Int32
    let status: UnsafeMutablePointer<Int32>
  }

  /// Runs `body` for 0 to `parts` - 1, each part on one thread.
  /// - Returns: 0, or what a part gave that was not.
  static func run(_ parts: Int, _ body: (Int) -> Int32) -> Int32 {
    if parts == 1 { return body(0) }
    var statuses = [Int32](repeating: 0, count: parts)
    withoutActuallyEscaping(body) { body in
      statuses.withUnsafeMutableBufferPointer { statuses in
        guard let base = statuses.baseAddress else { return }
        var job = Job(body: body, status: base)
        withUnsafeMutablePointer(to: &job) { job in
          pith_parallel_for(parts, 1, job) { context, begin, end in
            guard let job = context?.assumingMemoryBound(to: Job.self).pointee else { return }
            for part in begin..<end { job.status[part] = job.body(part) }
          }
        }
      }
    }
    return statuses.first { $0 != 0 } ?? 0
  }
}
