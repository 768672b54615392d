! SPDX-License-Identifier: GPL-3.0-or-later
! module.f90: subroutines of a module, whose symbols are __steps_MOD_work and __steps_MOD_never.
module steps
contains
  subroutine work(i, s)
    integer, intent(in) :: i
    integer, intent(inout) :: s
    s = ieor(s, i * 3)
  end subroutine
  subroutine never(s)
    integer, intent(inout) :: s
    s = s * 7
  end subroutine
end module

program main
  use steps
  integer :: i, s
  s = 0
  do i = 1, 50
    call work(i, s)
  end do
  if (s == 123456) call never(s)
  if (s == 1) stop 1 ! without a use of s nothing would be called
end program
