using Farback.Tiles;

namespace Farback.Tests.Laws;

/// <summary>Threads that walk side by side see each other's steps; and nobody waits for one who does not come.</summary>
public sealed class MeetingTests
{
    [Fact]
    public void After_a_meeting_each_thread_sees_what_the_others_wrote_before_it()
    {
        const int Steps = 200;
        for (int round = 0; round < 50; round++)
        {
            int threads = 1 + round % 4,
                wrong = 0;
            int[] at = new int[threads];
            int[] walked = new int[threads];
            Meeting meeting = null!;
            meeting = new(thread =>
            {
                walked[thread]++;
                for (int step = 1; step <= Steps; step++)
                {
                    at[thread] = step;
                    meeting.Pass(thread);
                    for (int other = 0; other < meeting.Threads; other++)
                        if (at[other] < step || at[other] > step)
                            Interlocked.Increment(ref wrong);
                    meeting.Pass(thread);
                }
            });
            meeting.Run(threads);
            Assert.Equal(0, wrong);
            Assert.InRange(meeting.Threads, 1, threads);
            Assert.Equal(Steps, at[0]);
            Assert.All(walked, times => Assert.InRange(times, 0, 1));
        }
    }

    [Fact]
    public void One_thread_walks_alone_without_waiting()
    {
        int passed = 0;
        Meeting meeting = null!;
        meeting = new(thread =>
        {
            meeting.Pass(thread);
            passed++;
        });
        meeting.Run(1);
        Assert.Equal((1, 1), (passed, meeting.Threads));
        Assert.Throws<ArgumentOutOfRangeException>(() => meeting.Run(0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void What_one_thread_throws_ends_the_others_wait_and_reaches_the_caller(int culprit)
    {
        Meeting meeting = null!;
        meeting = new(thread =>
        {
            for (int step = 0; step < 100; step++)
            {
                if (step == 40 && thread == Math.Min(culprit, meeting.Threads - 1))
                    throw new FormatException($"step {step}");
                meeting.Pass(thread);
            }
        });
        for (int round = 0; round < 20; round++)
            Assert.Equal("step 40", Assert.Throws<FormatException>(() => meeting.Run(3)).Message);
        int done = 0;
        Team.Run(2, 2, (_, _) => Interlocked.Increment(ref done)); // the team goes on
        Assert.Equal(2, done);
    }

    [Fact]
    public void A_caller_who_is_kept_waiting_goes_on_alone_and_nothing_is_left_undone_or_done_twice()
    {
        const int Steps = 60;
        int[] first = new int[Steps],
            second = new int[Steps]; // how often each half of a step was done
        Meeting meeting = null!;
        meeting = new(thread =>
        {
            for (int step = 0; step < Steps; step++)
            {
                int comes = step; // a helper comes once the caller has lost patience with it, at every meeting
                if (thread == 1)
                    Assert.True(SpinWait.SpinUntil(() => meeting.Late > comes, TimeSpan.FromSeconds(30)));
                if (thread == 0)
                    Interlocked.Increment(ref first[step]);
                if (thread == 1 || meeting.Threads == 1)
                    Interlocked.Increment(ref second[step]);
                meeting.Pass(thread);
            }
        });
        meeting.Run(2);
        Assert.Equal(1, meeting.Threads);
        Assert.All(first, times => Assert.Equal(1, times));
        Assert.All(second, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Inside_a_part_of_other_work_the_caller_walks_alone()
    {
        int[] threads = new int[4];
        Team.Run(
            2,
            threads.Length,
            (part, _) =>
            {
                Meeting meeting = null!;
                meeting = new(thread => meeting.Pass(thread));
                meeting.Run(2);
                threads[part] = meeting.Threads;
            }
        );
        Assert.All(threads, count => Assert.Equal(1, count));
    }

    [Fact]
    public void While_the_team_is_at_work_another_caller_walks_alone()
    {
        using var held = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        bool together = false; // only then is the team at work
        var holder = new Thread(() =>
        {
            Meeting meeting = null!;
            meeting = new(thread =>
            {
                if (thread != 0)
                    return;
                together = meeting.Threads > 1;
                begun.Set();
                held.Wait();
            });
            meeting.Run(2);
        });
        holder.Start();
        begun.Wait(TestContext.Current.CancellationToken);
        Meeting second = null!;
        second = new(thread => second.Pass(thread));
        second.Run(2);
        held.Set();
        holder.Join();
        if (together)
            Assert.Equal(1, second.Threads);
    }

    [Fact]
    public void Several_callers_at_once_all_end()
    {
        int done = 0;
        Parallel.For(
            0,
            8,
            _ =>
            {
                Meeting meeting = null!;
                meeting = new(thread =>
                {
                    for (int step = 0; step < 20; step++)
                        meeting.Pass(thread);
                    if (thread == 0)
                        Interlocked.Increment(ref done);
                });
                for (int round = 0; round < 50; round++)
                    meeting.Run(2);
            }
        );
        Assert.Equal(8 * 50, done);
    }

    [Fact]
    public void A_second_run_allocates_nothing()
    {
        Meeting meeting = null!;
        meeting = new(thread => meeting.Pass(thread));
        meeting.Run(2);
        Assert.Equal(0, Allocated.AtEveryStep(() => meeting.Run(2)));
    }
}
